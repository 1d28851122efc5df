#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

static float tinyml_binary_one(int8_t kind, float x, float y)
{
    switch (kind) {
    case TINYML_ADD:
        return x + y;
    case TINYML_SUB:
        return x - y;
    case TINYML_MUL:
        return x * y;
    case TINYML_DIV:
        return x / y;
    case TINYML_MAXIMUM:
        return x > y ? x : y;
    case TINYML_MINIMUM:
        return x < y ? x : y;
    case TINYML_SQUARED_DIFFERENCE:
        return (x - y) * (x - y);
    default: /* TINYML_PRELU */
        return x >= 0.0f ? x : x * y;
    }
}

void tinyml_binary_f32(const tinyml_binary_f32_params *params, const float *input1, const float *input2, float *output)
{
    tinyml_binary_f32_params p;
    int32_t i0, i1, i2, i3;
    TINYML_READ_PARAMS(p, params);
    const float min = tinyml_float_of_bits(p.min_bits), max = tinyml_float_of_bits(p.max_bits);
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++) {
                const float *in1 = input1 + i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2;
                const float *in2 = input2 + i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2;
                for (i3 = p.size_3; i3 > 0; i3--) {
                    const float x = p.input1_in_flash ? tinyml_read_f32(in1) : *in1;
                    const float y = p.input2_in_flash ? tinyml_read_f32(in2) : *in2;
                    *output++ = tinyml_clamp_f32(tinyml_binary_one(p.kind, x, y), min, max);
                    in1 += p.input1_step_3;
                    in2 += p.input2_step_3;
                }
            }
        }
    }
}
