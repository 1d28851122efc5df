#include "tinyml_kernels.h"
#include "tinyml_requantize.h"

/* Bits that the inputs gain before they are rescaled to their common scale. */
#define TINYML_ADD_HEADROOM 20

static inline int32_t tinyml_add_term(int8_t value, int32_t offset, int32_t multiplier, int32_t shift)
{
    return tinyml_rescale((value + offset) * (INT32_C(1) << TINYML_ADD_HEADROOM), multiplier, shift);
}

/* n outputs where one input, `exact`, has the multiplier 1/2, as that of the larger scale does, and the output's scale is
   quick. */
TINYML_OUTLINE void tinyml_add_run(const int8_t *exact, int32_t exact_offset, const int8_t *other, int32_t other_offset,
                                   int32_t multiplier, int32_t shift, const tinyml_add_params *p, int8_t *output, int32_t n)
{
    const int32_t exact_start = exact_offset * (INT32_C(1) << (TINYML_ADD_HEADROOM - 1));
    const int32_t other_start = other_offset * (INT32_C(1) << TINYML_ADD_HEADROOM);
    const int32_t right = -shift, half = right ? INT32_C(1) << (right - 1) : 0, away = right ? -1 : 0;
    const int32_t first = (int32_t)((uint32_t)p->output_multiplier * 2);
    const int32_t second = (int32_t)(UINT32_C(1) << (32 + p->output_shift));
    const int32_t offset = p->output_offset, count = n;
    const tinyml_outputs outputs = {p->output_offset, p->activation_min, p->activation_max, 1};
#if defined(TINYML_DSP)
    multiplier = (int32_t)((uint32_t)multiplier * 2);
#endif
    for (; n > 0; n--) {
        const int32_t y = other_start + *other++ * (INT32_C(1) << TINYML_ADD_HEADROOM);
        int32_t sum = exact_start + *exact++ * (INT32_C(1) << (TINYML_ADD_HEADROOM - 1));
#if defined(TINYML_DSP)
        const int32_t high = tinyml_add_high(y, multiplier, y);
#else
        const int32_t high = tinyml_multiply_high(y, multiplier);
#endif
        sum += (high + ((high >> 31) & away) + half) >> right; /* halves away from zero */
        sum = tinyml_quick(sum, first, second, offset);
#if defined(TINYML_DSP)
        *output++ = (int8_t)tinyml_saturate_8(sum);
#else
        *output++ = (int8_t)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
#endif
    }
    tinyml_clamp(output - count, count, &outputs);
}

/* A multiplier that is not 0 has its highest bit set: 2 * multiplier wraps around, as the DSP code expects. */
TINYML_INLINE int8_t tinyml_add_is_exact(int32_t multiplier, int32_t shift)
{
    return multiplier == INT32_C(1) << 30 && shift == 0;
}

TINYML_SMALL
void tinyml_add_s8(const tinyml_add_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_add_params p;
    int32_t i0, i1, i2, i3;
    int8_t is_run, is_first_exact;
    TINYML_READ_PARAMS(p, params);
    is_first_exact = tinyml_add_is_exact(p.input1_multiplier, p.input1_shift);
    is_run = (int8_t)(p.input1_step_3 == 1 && p.input2_step_3 == 1 && !p.input2_in_flash && p.output_multiplier != 0 &&
                      p.output_shift <= -2 && p.input1_multiplier != 0 && p.input2_multiplier != 0 &&
                      (is_first_exact || tinyml_add_is_exact(p.input2_multiplier, p.input2_shift)));
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++) {
                const int8_t *in1 = input1 + (i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2);
                const int8_t *in2 = input2 + (i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2);
                if (is_run && is_first_exact) {
                    tinyml_add_run(in1, p.input1_offset, in2, p.input2_offset, p.input2_multiplier, p.input2_shift, &p,
                                   output, p.size_3);
                    output += p.size_3;
                    continue;
                }
                if (is_run) {
                    tinyml_add_run(in2, p.input2_offset, in1, p.input1_offset, p.input1_multiplier, p.input1_shift, &p,
                                   output, p.size_3);
                    output += p.size_3;
                    continue;
                }
                for (i3 = 0; i3 < p.size_3; i3++) {
                    const int8_t value2 = p.input2_in_flash ? tinyml_read_i8(in2) : *in2;
                    int32_t sum = tinyml_add_term(*in1, p.input1_offset, p.input1_multiplier, p.input1_shift);
                    sum += tinyml_add_term(value2, p.input2_offset, p.input2_multiplier, p.input2_shift);
                    sum = tinyml_rescale(sum, p.output_multiplier, p.output_shift);
                    *output++ = tinyml_output(sum, p.output_offset, p.activation_min, p.activation_max);
                    in1 += p.input1_step_3;
                    in2 += p.input2_step_3;
                }
            }
        }
    }
}
