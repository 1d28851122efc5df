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

#if defined(TINYML_HELIUM)

/* As tinyml_sum_run: four outputs of four values of both inputs; what stands still is computed before a loop. */
TINYML_INLINE int32x4_t tinyml_sum_4(const tinyml_sum *s, int32_t sign1, int32_t sign2, int32x4_t x, int32x4_t y)
{
    const int32_t right = -s->shift;
    const int32x4_t multiplier = vdupq_n_s32(right ? (int32_t)((uint32_t)s->multiplier * 2) : 0);
    const int32x4_t first = vdupq_n_s32((int32_t)((uint32_t)s->output_multiplier * 2));
    const int32x4_t second = vdupq_n_s32((int32_t)(UINT32_C(1) << (32 + s->output_shift)));
    const int32x4_t one = vaddq_n_s32(vmulq_n_s32(x, sign1 * TINYML_SUM_FIRST), sign1 * s->first_offset * TINYML_SUM_FIRST);
    const int32x4_t two = vaddq_n_s32(vshlq_n_s32(y, TINYML_SUM_HEADROOM), s->second_offset * TINYML_SUM_SECOND);
    int32x4_t high = vaddq_s32(two, vrmulhq_s32(two, multiplier));
    high = sign2 < 0 ? vnegq_s32(high) : high;
    high = vaddq_s32(high, vshrq_n_s32(high, 31)); /* halves away from zero */
    return tinyml_outputs_4(vaddq_s32(one, vrshlq_n_s32(high, right ? -right : -1)), first, second, s->output_offset);
}

#endif

/* n outputs, sign1 times the first input and sign2 times the second, before the activation; no multiplier is 0. */
TINYML_INLINE void tinyml_sum_one_by_one(const tinyml_sum *s, int32_t sign1, int32_t sign2, const int8_t *in1,
                                         const int8_t *in2, int8_t *output, int32_t n)
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

/* The same, whichever way is shorter. */
TINYML_INLINE void tinyml_sum_run(const tinyml_sum *s, int32_t sign1, int32_t sign2, const int8_t *in1, const int8_t *in2,
                                  int8_t *output, int32_t n)
{
#if defined(TINYML_HELIUM)
    if (n >= 8) { /* what fewer take is what goes before the loop */
        for (; n >= 4; n -= 4, in1 += 4, in2 += 4, output += 4) {
            vstrbq_s32(output, tinyml_sum_4(s, sign1, sign2, vldrbq_s32(in1), vldrbq_s32(in2)));
        }
        if (n > 0) {
            const mve_pred16_t some = vctp32q((uint32_t)n);
            vstrbq_p_s32(output, tinyml_sum_4(s, sign1, sign2, vldrbq_z_s32(in1, some), vldrbq_z_s32(in2, some)), some);
        }
        return;
    }
#endif
    tinyml_sum_one_by_one(s, sign1, sign2, in1, in2, output, n);
}

#endif
