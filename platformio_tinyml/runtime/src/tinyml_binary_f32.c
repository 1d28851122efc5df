#include "tinyml_broadcast.h"
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
    TINYML_READ_PARAMS(p, params);
    const float min = tinyml_float_of_bits(p.min_bits), max = tinyml_float_of_bits(p.max_bits);
    TINYML_BROADCAST_ALIKE(float, float, tinyml_read_either_f32, p, input1, input2, output, x, y,
                           tinyml_clamp_f32(tinyml_binary_one(p.kind, x, y), min, max));
}
