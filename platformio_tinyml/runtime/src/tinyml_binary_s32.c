#include "tinyml_broadcast.h"
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
    TINYML_BROADCAST_ALIKE(int32_t, int32_t, tinyml_read_either_s32, *p, input1, input2, output, x, y,
                           tinyml_binary_s32_one(p->kind, x, y));
}
