/* Floats in params. */
#ifndef TINYML_FLOAT_H
#define TINYML_FLOAT_H

#include "tinyml_core.h"

#if !defined(__GNUC__) || defined(__clang__)
#pragma STDC FP_CONTRACT OFF /* a fused product would round once where TFLM rounds twice */
#endif

/* The float whose IEEE 754 binary32 representation is `bits`. */
static inline float tinyml_float_of_bits(int32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* A float of a table in flash. */
static inline float tinyml_read_f32(const float *flash)
{
    int32_t bits;
#if defined(__AVR__)
    bits = (int32_t)pgm_read_dword(flash);
#else
    memcpy(&bits, flash, sizeof(bits));
#endif
    return tinyml_float_of_bits(bits);
}

static inline float tinyml_read_either_f32(const float *address, int8_t in_flash)
{
    return TINYML_IS_APART(in_flash) ? tinyml_read_f32(address) : *address;
}

static inline float tinyml_clamp_f32(float value, float min, float max)
{
    return value < min ? min : value > max ? max : value;
}

/* e^x, without a library: x = n ln 2 + r, a polynomial of r in [-ln 2 / 2, ln 2 / 2], and n in the exponent. Within 2 units
   in the last place of the nearest float where that is normal; 0 below -87.3, infinite above 88.7. */
static inline float tinyml_exp_f32(float x)
{
    float n, r, p;
    int32_t k;
    if (x != x) {
        return x;
    }
    if (x < -87.33654f) {
        return 0.0f;
    }
    if (x > 88.72283f) {
        return tinyml_float_of_bits(0x7f800000);
    }
    n = x * 1.44269504f;
    k = (int32_t)(n < 0 ? n - 0.5f : n + 0.5f);
    n = (float)k;
    r = x - n * 0.693359375f; /* ln 2 in two parts, the first of few bits */
    r = r + n * 2.12194440e-4f;
    p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    if (k > 127) { /* 2^128 is no float */
        return p * 2.0f * tinyml_float_of_bits((k + 126) << 23);
    }
    return p * tinyml_float_of_bits((k + 127) << 23);
}

#endif
