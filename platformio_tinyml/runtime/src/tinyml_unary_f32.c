#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

static float tinyml_logistic_f32(float x)
{
    if (x > 16.619047f) {
        return 1.0f;
    }
    return x < -9.0f ? tinyml_exp_f32(x) : 1.0f / (1.0f + tinyml_exp_f32(-x));
}

/* Near 0 a series, for 1 - e^-2x would leave few bits. */
static float tinyml_tanh_f32(float x)
{
    const float size = x < 0 ? -x : x, square = x * x;
    float result;
    if (size < 0.25f) {
        return x - x * square * (0.33333333f - square * (0.13333333f - square * (0.053968254f - square * 0.021869489f)));
    }
    result = size > 10.0f ? 1.0f : 1.0f - 2.0f / (tinyml_exp_f32(2.0f * size) + 1.0f);
    return x < 0 ? -result : result;
}

/* Newton's iteration from a guess with half the exponent: exact to the last place or two. */
static float tinyml_sqrt_f32(float x)
{
    float root;
    int32_t bits, i;
    if (!(x > 0.0f) || x > 3.0e38f) {
        return x < 0.0f ? x - x : x;
    }
    memcpy(&bits, &x, sizeof(bits));
    root = tinyml_float_of_bits((bits >> 1) + 0x1fbb4f2e);
    for (i = 0; i < 4; i++) {
        root = 0.5f * (root + x / root);
    }
    return root;
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
    default: /* TINYML_ELU */
        return x < 0.0f ? tinyml_exp_f32(x) - 1.0f : x;
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
