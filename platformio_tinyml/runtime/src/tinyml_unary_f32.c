#include "tinyml_core.h"

#include "tinyml_functions_f32.h"
#include "tinyml_kernels.h"
#include "tinyml_sigmoid_f32.h"

/* The largest whole number not above x; the sign of 0 stays. */
static float tinyml_floor_f32(float x)
{
    float whole;
    if (!(x > -8388608.0f && x < 8388608.0f)) { /* whole numbers beyond */
        return x;
    }
    whole = (float)(int32_t)x;
    if (whole == x) {
        return x;
    }
    return whole > x ? whole - 1.0f : whole;
}

/* Halves to the even neighbour. */
static float tinyml_round_f32(float x)
{
    const float whole = tinyml_floor_f32(x), rest = x - whole;
    if (!(rest >= 0.5f)) {
        return whole;
    }
    return rest > 0.5f || ((int32_t)whole & 1) ? whole + 1.0f : whole;
}

/* sin(x + quarters * pi/2): x less a multiple of pi/2 in three parts, the first two of few bits, then a series. */
static float tinyml_sin_f32(float x, int32_t quarters)
{
    float n, square, result;
    if (!(x > -10000.0f && x < 10000.0f)) {
        return tinyml_float_of_bits(0x7fc00000);
    }
    n = tinyml_round_f32(x * 0.63661977f);
    x = ((x - n * 1.5703125f) - n * 4.8375129699707031e-4f) - n * 7.5497899548918861e-8f;
    quarters += (int32_t)n;
    square = x * x;
    if (quarters & 1) {
        result = 1.0f - square * (0.5f - square * (4.1666667e-2f - square * (1.3888889e-3f - square * 2.4801587e-5f)));
    } else {
        result = x - x * square * (0.16666667f - square * (8.3333333e-3f - square * (1.9841270e-4f - square * 2.7557319e-6f)));
    }
    return quarters & 2 ? -result : result;
}

/* The complementary error function, to 2^-23 of it: a polynomial of 1 / (1 + x/2), x above 0. */
static float tinyml_erfc_f32(float x)
{
    static const float terms[] TINYML_FLASH = {-0.82215223f, 1.48851587f, -1.13520398f, 0.27886807f, -0.18628806f,
                                               0.09678418f,  0.37409196f, 1.00002368f,  -1.26551223f};
    const float size = x < 0.0f ? -x : x, t = 1.0f / (1.0f + 0.5f * size);
    float sum = 0.17087277f, tail;
    int8_t i;
    for (i = 0; i < 9; i++) {
        sum = sum * t + tinyml_read_f32(terms + i);
    }
    tail = t * tinyml_exp_f32(sum - size * size);
    return x < 0.0f ? 2.0f - tail : tail;
}

static float tinyml_unary_one(int8_t kind, float x, float alpha)
{
    switch (kind) {
    case TINYML_RELU:
        return x < 0.0f ? 0.0f : x;
    case TINYML_RELU6:
        return tinyml_clamp_f32(x, 0.0f, 6.0f);
    case TINYML_LEAKY_RELU:
        return x > 0.0f ? x : x * alpha;
    case TINYML_LOGISTIC:
        return tinyml_logistic_f32(x);
    case TINYML_TANH:
        return tinyml_tanh_f32(x);
    case TINYML_ABS:
        return x < 0.0f ? -x : x;
    case TINYML_NEG:
        return -x;
    case TINYML_EXP:
        return tinyml_exp_f32(x);
    case TINYML_SQRT:
        return tinyml_sqrt_f32(x);
    case TINYML_RSQRT:
        return 1.0f / tinyml_sqrt_f32(x);
    case TINYML_SQUARE:
        return x * x;
    case TINYML_HARD_SWISH:
        return x * tinyml_clamp_f32(x + 3.0f, 0.0f, 6.0f) / 6.0f;
    case TINYML_ELU:
        return x < 0.0f ? tinyml_exp_f32(x) - 1.0f : x;
    case TINYML_RELU_N1_TO_1:
        return tinyml_clamp_f32(x, -1.0f, 1.0f);
    case TINYML_FLOOR:
        return tinyml_floor_f32(x);
    case TINYML_CEIL:
        return -tinyml_floor_f32(-x);
    case TINYML_ROUND:
        return tinyml_round_f32(x);
    case TINYML_LOG:
        return tinyml_log_f32(x);
    case TINYML_SIN:
        return tinyml_sin_f32(x, 0);
    case TINYML_GELU:
        return 0.5f * x * tinyml_erfc_f32(x * -0.70710677f);
    case TINYML_GELU_TANH:
        return 0.5f * x * (1.0f + tinyml_tanh_f32(0.7978846f * (x + 0.044715f * x * x * x)));
    default: /* TINYML_COS */
        return tinyml_sin_f32(x, 1);
    }
}

void tinyml_unary_f32(const tinyml_unary_f32_params *params, const float *input, float *output)
{
    tinyml_unary_f32_params p;
    int32_t i;
    TINYML_READ_PARAMS(p, params);
    for (i = 0; i < p.size; i++) {
        output[i] = tinyml_unary_one(p.kind, input[i], tinyml_float_of_bits(p.alpha_bits));
    }
}
