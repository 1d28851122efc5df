/* Sums of two inputs of int8, brought to twice the larger of their scales: ADD and SUB. */
#ifndef TINYML_SUM_H
#define TINYML_SUM_H

#include "tinyml_requantize.h"

/* Bits that an input gains before it is rescaled to twice the larger scale: that of this scale, the first, one less. */
#define TINYML_SUM_HEADROOM 20
#define TINYML_SUM_FIRST (INT32_C(1) << (TINYML_SUM_HEADROOM - 1))
#define TINYML_SUM_SECOND (INT32_C(1) << TINYML_SUM_HEADROOM)

/* Offsets of the inputs, the multiplier of the second and its shift, and the output's, whose scale has to be quick. */
typedef struct {
    int32_t first_offset, second_offset;
    int32_t multiplier, shift;
    int32_t output_multiplier, output_shift, output_offset;
} tinyml_sum;

/* n outputs, sign1 times the first input and sign2 times the second, before the activation; no multiplier is 0. */
TINYML_INLINE void tinyml_sum_run(const tinyml_sum *s, int32_t sign1, int32_t sign2, const int8_t *in1, const int8_t *in2,
                                  int8_t *output, int32_t n)
{
    const int8_t *const end = in1 + n;
    int32_t start1 = s->first_offset * TINYML_SUM_FIRST * sign1, start2 = s->second_offset * TINYML_SUM_SECOND;
    const int32_t first = (int32_t)((uint32_t)s->output_multiplier * 2), offset = s->output_offset;
    const int32_t second = (int32_t)(UINT32_C(1) << (32 + s->output_shift));
    const int32_t right = -s->shift, factor = TINYML_SUM_FIRST * sign1;
#if defined(TINYML_DSP)
    /* A multiplier has its highest bit set, so twice it is itself and what wraps around. Without a shift it is 1/2: then 1, and
       a shift by 1. A power of 2 that is subtracted may be 2^31. */
    const int32_t multiplier = right ? (int32_t)((uint32_t)s->multiplier * 2) : 0;
    const int32_t power = INT32_MIN >> (right ? right - 1 : 0);
#else
    const int32_t multiplier = s->multiplier;
    const int32_t half = right ? INT32_C(1) << (right - 1) : 0, away = right ? -1 : 0;
#endif
    TINYML_KEEP(start1); /* else the compiler adds offsets before it shifts */
    TINYML_KEEP(start2);
    while (in1 != end) {
        const int32_t y = start2 + *in2++ * TINYML_SUM_SECOND;
        int32_t sum = start1 + *in1++ * factor;
#if defined(TINYML_DSP)
        const int32_t high = tinyml_add_high(y, multiplier, y) * sign2;
        sum = tinyml_subtract_high(high + (high >> 31), power, sum); /* halves away from zero */
        *output++ = (int8_t)tinyml_saturate_8(tinyml_quick(sum, first, second, offset));
#else
        const int32_t high = tinyml_multiply_high(y, multiplier) * sign2;
        sum += (high + ((high >> 31) & away) + half) >> right;
        sum = tinyml_quick(sum, first, second, offset);
        *output++ = (int8_t)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
#endif
    }
}

#endif
