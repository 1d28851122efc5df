#include "tinyml_kernels.h"
#include "tinyml_broadcast.h"
#include "tinyml_requantize.h"

/* Bits that an input gains before it is rescaled to twice the larger scale: the first, whose scale that is, one less. */
#define TINYML_ADD_HEADROOM 20
#define TINYML_ADD_FIRST (INT32_C(1) << (TINYML_ADD_HEADROOM - 1))
#define TINYML_ADD_SECOND (INT32_C(1) << TINYML_ADD_HEADROOM)

/* n outputs where the output's scale is quick and no multiplier 0, before the activation. */
TINYML_OUTLINE void tinyml_add_run(const tinyml_add_params *p, const int8_t *in1, const int8_t *in2, int8_t *output, int32_t n)
{
    const int8_t *const end = in1 + n;
    int32_t start1 = p->input1_offset * TINYML_ADD_FIRST, start2 = p->input2_offset * TINYML_ADD_SECOND;
    const int32_t first = (int32_t)((uint32_t)p->output_multiplier * 2), offset = p->output_offset;
    const int32_t second = (int32_t)(UINT32_C(1) << (32 + p->output_shift));
    const int32_t right = -p->input2_shift;
#if defined(TINYML_DSP)
    /* A multiplier has its highest bit set, so twice it is itself and what wraps around. Without a shift it is 1/2: then 1, and
       a shift by 1. A power of 2 that is subtracted may be 2^31. */
    const int32_t multiplier = right ? (int32_t)((uint32_t)p->input2_multiplier * 2) : 0;
    const int32_t power = INT32_MIN >> (right ? right - 1 : 0);
#else
    const int32_t multiplier = p->input2_multiplier;
    const int32_t half = right ? INT32_C(1) << (right - 1) : 0, away = right ? -1 : 0;
#endif
    TINYML_KEEP(start1); /* else the compiler adds offsets before it shifts */
    TINYML_KEEP(start2);
    while (in1 != end) {
        const int32_t y = start2 + *in2++ * TINYML_ADD_SECOND;
        int32_t sum = start1 + *in1++ * TINYML_ADD_FIRST;
#if defined(TINYML_DSP)
        const int32_t high = tinyml_add_high(y, multiplier, y);
        sum = tinyml_subtract_high(high + (high >> 31), power, sum); /* halves away from zero */
        *output++ = (int8_t)tinyml_saturate_8(tinyml_quick(sum, first, second, offset));
#else
        const int32_t high = tinyml_multiply_high(y, multiplier);
        sum += (high + ((high >> 31) & away) + half) >> right;
        sum = tinyml_quick(sum, first, second, offset);
        *output++ = (int8_t)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
#endif
    }
}

TINYML_OUTLINE TINYML_SMALL int8_t tinyml_add_one(const tinyml_add_params *p, int32_t x, int32_t y)
{
    int32_t sum = (x + p->input1_offset) * TINYML_ADD_FIRST;
    sum += tinyml_rescale((y + p->input2_offset) * TINYML_ADD_SECOND, p->input2_multiplier, p->input2_shift);
    sum = tinyml_rescale(sum, p->output_multiplier, p->output_shift);
    return tinyml_output(sum, p->output_offset, p->activation_min, p->activation_max);
}

TINYML_SMALL
void tinyml_add_s8(const tinyml_add_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    int32_t i0, i1, i2, i3;
    TINYML_PARAMS(tinyml_add_params, p, params);
    const tinyml_outputs outputs = {p->output_offset, p->activation_min, p->activation_max, 1};
    const int8_t is_run = (int8_t)(p->input1_step_3 == 1 && p->input2_step_3 == 1 && p->output_multiplier != 0 &&
                                   p->output_shift <= -2 && p->input2_multiplier != 0 &&
                                   !TINYML_IS_APART(p->input1_in_flash || p->input2_in_flash));
    for (i0 = 0; i0 < p->size_0; i0++) {
        for (i1 = 0; i1 < p->size_1; i1++) {
            for (i2 = 0; i2 < p->size_2; i2++) {
                const int8_t *in1 = input1 + (i0 * p->input1_step_0 + i1 * p->input1_step_1 + i2 * p->input1_step_2);
                const int8_t *in2 = input2 + (i0 * p->input2_step_0 + i1 * p->input2_step_1 + i2 * p->input2_step_2);
                if (is_run) {
                    tinyml_add_run(p, in1, in2, output, p->size_3);
                    tinyml_clamp(output, p->size_3, &outputs);
                    output += p->size_3;
                    continue;
                }
                for (i3 = p->size_3; i3 > 0; i3--) {
                    *output++ = tinyml_add_one(p, tinyml_read_either(in1, p->input1_in_flash),
                                               tinyml_read_either(in2, p->input2_in_flash));
                    in1 += p->input1_step_3;
                    in2 += p->input2_step_3;
                }
            }
        }
    }
}
