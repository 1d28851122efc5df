#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

/* Bits that the inputs gain before they are rescaled to their common scale. */
#define TINYML_ADD_HEADROOM 20

static inline int32_t tinyml_add_term(int8_t value, int32_t offset, int32_t multiplier, int32_t shift)
{
    return tinyml_rescale((value + offset) * (INT32_C(1) << TINYML_ADD_HEADROOM), multiplier, shift);
}

void tinyml_add_s8(const tinyml_add_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_add_params p;
    int32_t i0, i1, i2, i3;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++) {
                const int8_t *in1 = input1 + (i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2);
                const int8_t *in2 = input2 + (i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2);
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
