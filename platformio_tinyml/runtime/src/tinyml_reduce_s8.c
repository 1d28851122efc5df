#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

/* Of one output element, over the reduced dimensions from `input` on: the sum, or the largest or smallest value. */
static int32_t tinyml_reduce_one(const tinyml_reduce_params *p, const int8_t *input)
{
    int32_t result = p->kind == 0 ? 0 : *input;
    int32_t i0, i1, i2;
    for (i0 = 0; i0 < p->reduced_0; i0++) {
        for (i1 = 0; i1 < p->reduced_1; i1++) {
            const int8_t *in = input + i0 * p->reduced_step_0 + i1 * p->reduced_step_1;
            for (i2 = p->reduced_2; i2 > 0; i2--, in += p->reduced_step_2) {
                const int32_t value = *in;
                if (p->kind == 0) {
                    result += value;
                } else if (p->kind > 0 ? value > result : value < result) {
                    result = value;
                }
            }
        }
    }
    return result;
}

void tinyml_reduce_s8(const tinyml_reduce_params *params, const int8_t *input, int8_t *output)
{
    tinyml_reduce_params p;
    int32_t i0, i1, i2;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.kept_0; i0++) {
        for (i1 = 0; i1 < p.kept_1; i1++) {
            for (i2 = 0; i2 < p.kept_2; i2++) {
                const int8_t *from = input + i0 * p.kept_step_0 + i1 * p.kept_step_1 + i2 * p.kept_step_2;
                int32_t value = tinyml_reduce_one(&p, from);
                if (p.kind == 0) {
                    value = tinyml_rescale(value + p.input_offset, p.multiplier, p.shift);
                    value = tinyml_output(value, p.output_offset, -128, 127);
                }
                *output++ = (int8_t)value;
            }
        }
    }
}
