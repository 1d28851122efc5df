/* The logistic function and the hyperbolic tangent of floats, without a library. */
#ifndef TINYML_SIGMOID_F32_H
#define TINYML_SIGMOID_F32_H

#include "tinyml_float.h"

static inline float tinyml_logistic_f32(float x)
{
    if (x > 16.619047f) {
        return 1.0f;
    }
    return x < -9.0f ? tinyml_exp_f32(x) : 1.0f / (1.0f + tinyml_exp_f32(-x));
}

/* Near 0 a series, for 1 - e^-2x would leave few bits. */
static inline float tinyml_tanh_f32(float x)
{
    const float size = x < 0 ? -x : x, square = x * x;
    float result;
    if (size < 0.25f) {
        return x - x * square * (0.33333333f - square * (0.13333333f - square * (0.053968254f - square * 0.021869489f)));
    }
    result = size > 10.0f ? 1.0f : 1.0f - 2.0f / (tinyml_exp_f32(2.0f * size) + 1.0f);
    return x < 0 ? -result : result;
}

#endif
