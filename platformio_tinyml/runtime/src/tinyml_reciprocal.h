/* Reciprocals and inverse roots in fixed point, as gemmlowp and TensorFlow Lite Micro compute them. */
#ifndef TINYML_RECIPROCAL_H
#define TINYML_RECIPROCAL_H

#include "tinyml_fixed_point.h"

/* 1 / (1 + x) as q0 for x in [0, 1) as q0: Newton's iteration for 2 / (1 + x). */
static inline int32_t tinyml_reciprocal(int32_t x)
{
    const int32_t half_denominator = (int32_t)(((uint32_t)x + UINT32_C(0x80000000)) >> 1);
    const int32_t q2_48_17 = INT32_C(1515870810);
    const int32_t q2_minus_32_17 = INT32_C(-1010580540);
    int32_t q2 = q2_48_17 + tinyml_multiply_high(half_denominator, q2_minus_32_17);
    int8_t i;
    for (i = 0; i < 3; i++) {
        const int32_t error = (INT32_C(1) << 29) - tinyml_multiply_high(half_denominator, q2);
        q2 += tinyml_multiply_high(q2, error) * 4;
    }
    return q2 >= INT32_C(1) << 30 ? INT32_MAX : q2 * 2;
}

/* Zeros before the first bit that is set, of a number above 0. */
static inline int32_t tinyml_leading_zeros(uint32_t value)
{
#if defined(TINYML_HELIUM)
    return __builtin_clz(value);
#else
    int32_t zeros = 0;
    for (; !(value & UINT32_C(0x80000000)); value <<= 1) {
        zeros++;
    }
    return zeros;
#endif
}

/* 1 / sqrt(value) is *multiplier * 2^(*shift - 31); value from 0 on, 0 counts as 1. Newton's iteration in q3. */
static inline void tinyml_inverse_sqrt(int32_t value, int32_t *multiplier, int32_t *shift)
{
    const int32_t half_three = (INT32_C(1) << 28) + (INT32_C(1) << 27);
    int32_t x = INT32_C(1) << 28, half, pairs;
    int8_t i;
    *multiplier = INT32_MAX;
    *shift = 0;
    if (value <= 1) {
        return;
    }
    *shift = -11;
    for (; value >= INT32_C(1) << 29; value /= 4) {
        --*shift;
    }
    pairs = (tinyml_leading_zeros((uint32_t)value) - 1) / 2 - 1;
    *shift += pairs;
    value = (int32_t)((uint32_t)value << (2 * pairs));
    half = tinyml_shift_right(value >> 1, 1);
    for (i = 0; i < 5; i++) {
        const int32_t cube = tinyml_shift_left(tinyml_multiply_high(tinyml_multiply_high(x, x), x), 6);
        x = tinyml_shift_left(tinyml_multiply_high(half_three, x) - tinyml_multiply_high(half, cube), 3);
    }
    *multiplier = tinyml_multiply_high(x, INT32_C(1518500250)); /* sqrt(1/2) as q0 */
    if (*shift > 0) {
        *multiplier = (int32_t)((uint32_t)*multiplier << *shift);
        *shift = 0;
    }
}

#endif
