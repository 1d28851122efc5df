/* Functions of floats that several kernels need, without a library. */
#ifndef TINYML_FUNCTIONS_F32_H
#define TINYML_FUNCTIONS_F32_H

#include "tinyml_float.h"

/* Newton's iteration from a guess with half the exponent: exact to the last place or two; NaN below 0. */
static inline float tinyml_sqrt_f32(float x)
{
    float root, scale = 1.0f;
    int32_t bits, i;
    if (!(x > 0.0f && x <= 3.4028235e38f)) {
        return x < 0.0f ? tinyml_float_of_bits(0x7fc00000) : x;
    }
    if (x < 1.17549435e-38f) { /* the guess wants an exponent */
        x *= 16777216.0f;
        scale = 2.44140625e-4f;
    }
    memcpy(&bits, &x, sizeof(bits));
    root = tinyml_float_of_bits((bits >> 1) + 0x1fbb4f2e);
    for (i = 0; i < 4; i++) {
        root = 0.5f * (root + x / root);
    }
    return root * scale;
}

/* x = 2^n * m with m in [sqrt(1/2), sqrt(2)), and ln m = 2 artanh((m - 1) / (m + 1)). */
static inline float tinyml_log_f32(float x)
{
    float s, square, n = 0.0f;
    int32_t bits;
    if (!(x > 0.0f && x <= 3.4028235e38f)) {
        return x < 0.0f ? tinyml_float_of_bits(0x7fc00000) : x == 0.0f ? tinyml_float_of_bits((int32_t)0xff800000) : x;
    }
    if (x < 1.17549435e-38f) {
        x *= 16777216.0f;
        n = -24.0f;
    }
    memcpy(&bits, &x, sizeof(bits));
    n += (float)((bits - 0x3f3504f3) >> 23);
    s = tinyml_float_of_bits(bits - (((bits - 0x3f3504f3) >> 23) * 0x800000));
    s = (s - 1.0f) / (s + 1.0f);
    square = s * s;
    s = 2.0f * s + s * square * (0.66666667f + square * (0.4f + square * (0.28571429f + square * 0.22222222f)));
    return n * 0.693359375f + (s - n * 2.12194440e-4f); /* ln 2 in two parts, the first of few bits */
}

#endif
