#include "tinyml_core.h"

#include "tinyml_kernels.h"

static int32_t tinyml_binary_s32_one(int8_t kind, int32_t x, int32_t y)
{
    const uint32_t a = (uint32_t)x, b = (uint32_t)y;
    switch (kind) {
    case TINYML_ADD:
        return (int32_t)(a + b);
    case TINYML_SUB:
        return (int32_t)(a - b);
    case TINYML_MUL:
        return (int32_t)(a * b);
    case TINYML_DIV:
        return y == -1 ? (int32_t)(0 - a) : x / y;
    case TINYML_MAXIMUM:
        return x > y ? x : y;
    case TINYML_MINIMUM:
        return x < y ? x : y;
    default: /* TINYML_SQUARED_DIFFERENCE */
        return (int32_t)((a - b) * (a - b));
    }
}

void tinyml_binary_s32(const tinyml_binary_s32_params *params, const int32_t *input1, const int32_t *input2,
                       int32_t *output)
{
    TINYML_PARAMS(tinyml_binary_s32_params, p, params);
    int32_t i0, i1, i2, i3;
    for (i0 = 0; i0 < p->size_0; i0++) {
        for (i1 = 0; i1 < p->size_1; i1++) {
            for (i2 = 0; i2 < p->size_2; i2++) {
                const int32_t *in1 = input1 + i0 * p->input1_step_0 + i1 * p->input1_step_1 + i2 * p->input1_step_2;
                const int32_t *in2 = input2 + i0 * p->input2_step_0 + i1 * p->input2_step_1 + i2 * p->input2_step_2;
                for (i3 = p->size_3; i3 > 0; i3--) {
                    const int32_t x = p->input1_in_flash ? tinyml_read_i32(in1) : *in1;
                    const int32_t y = p->input2_in_flash ? tinyml_read_i32(in2) : *in2;
                    *output++ = tinyml_binary_s32_one(p->kind, x, y);
                    in1 += p->input1_step_3;
                    in2 += p->input2_step_3;
                }
            }
        }
    }
}
