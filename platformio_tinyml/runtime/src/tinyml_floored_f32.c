#include "tinyml_broadcast.h"
#include "tinyml_float.h"
#include "tinyml_kernels.h"

/* |x| as mantissa * 2^exponent, mantissa of 24 bits. x is finite and not 0. */
typedef struct {
    uint32_t mantissa;
    int32_t exponent;
} tinyml_scaled;

static tinyml_scaled tinyml_scaled_of(float x)
{
    tinyml_scaled scaled;
    int32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    scaled.mantissa = (uint32_t)bits & 0x7fffff;
    scaled.exponent = (int32_t)((uint32_t)bits >> 23 & 0xff);
    if (scaled.exponent) {
        scaled.mantissa |= 0x800000;
    } else {
        scaled.exponent = 1;
    }
    for (; scaled.mantissa < 0x800000; scaled.exponent--) {
        scaled.mantissa <<= 1;
    }
    scaled.exponent -= 150;
    return scaled;
}

/* 2^exponent, for -126 to 127. */
static float tinyml_power_of_2(int32_t exponent)
{
    return tinyml_float_of_bits((int32_t)((uint32_t)(exponent + 127) << 23));
}

static int8_t tinyml_is_zero_or_not_finite(float x)
{
    return x == 0.0f || x - x != 0.0f;
}

/* The float nearest to `value`, below 2^54. */
static float tinyml_nearest_f32(uint64_t value)
{
    int32_t shift = 0;
    while (value >> shift >= UINT32_C(1) << 24) {
        shift++;
    }
    if (shift) {
        const uint32_t half = UINT32_C(1) << (shift - 1), rest = (uint32_t)(value & ((UINT64_C(1) << shift) - 1));
        const uint32_t kept = (uint32_t)(value >> shift);
        return (float)(int32_t)(kept + (rest > half || (rest == half && (kept & 1)))) * tinyml_power_of_2(shift);
    }
    return (float)(int32_t)value;
}

/* The floor of x / y as TFLM computes it, whose quotient is a double: rounded to 53 bits before it is floored. */
static float tinyml_floor_div_f32(float x, float y)
{
    tinyml_scaled a, b;
    uint64_t whole = 0;
    uint32_t rest;
    int32_t i, bits = 0, exponent, up, is_whole;
    const int8_t negative = (x < 0) != (y < 0);
    if (tinyml_is_zero_or_not_finite(x) || tinyml_is_zero_or_not_finite(y)) {
        return x / y;
    }
    a = tinyml_scaled_of(x);
    b = tinyml_scaled_of(y);
    exponent = a.exponent - b.exponent;
    if (exponent < 0) {
        return negative ? -1.0f : 0.0f;
    }
    if (exponent > 53) {
        return x / y; /* whole, and rounded to 53 bits before 24 it is the same */
    }
    rest = a.mantissa;
    for (i = 0; i <= exponent; i++) {
        whole <<= 1;
        rest <<= i > 0;
        if (rest >= b.mantissa) {
            rest -= b.mantissa;
            whole |= 1;
        }
    }
    while (bits < 54 && whole >> bits) {
        bits++;
    }
    if (bits == 54) {
        return x / y;
    }
    up = 0;
    is_whole = rest == 0;
    if (bits >= 30) { /* less than 24 bits are left for what is behind the point: it may vanish, or make the next whole number */
        const uint64_t below = (uint64_t)rest << (54 - bits), above = (uint64_t)(b.mantissa - rest) << (54 - bits);
        const int32_t even = bits < 53 || !(whole & 1);
        is_whole = below < b.mantissa || (below == b.mantissa && even);
        up = above < b.mantissa || (above == b.mantissa && (bits < 53 || !even));
    }
    whole += (uint64_t)(up || (negative && !is_whole));
    return negative ? -tinyml_nearest_f32(whole) : tinyml_nearest_f32(whole);
}

/* What is left of x / y, with the sign of y; exact but for the last sum, as of fmod. */
static float tinyml_floor_mod_f32(float x, float y)
{
    tinyml_scaled a, b;
    float left = x;
    if (x != x || x - x != 0.0f || y == 0.0f || y != y) {
        return tinyml_float_of_bits(0x7fc00000);
    }
    if (x != 0.0f && y - y == 0.0f) {
        a = tinyml_scaled_of(x);
        b = tinyml_scaled_of(y);
        if (a.exponent >= b.exponent) {
            uint32_t rest = a.mantissa;
            int32_t i, half;
            for (i = b.exponent; i <= a.exponent; i++) {
                rest <<= i > b.exponent;
                if (rest >= b.mantissa) {
                    rest -= b.mantissa;
                }
            }
            half = b.exponent / 2;
            left = (float)(int32_t)rest * tinyml_power_of_2(half) * tinyml_power_of_2(b.exponent - half);
            left = x < 0 ? -left : left;
        }
    }
    return left != 0.0f && (y < 0) != (left < 0) ? left + y : left;
}

void tinyml_floored_f32(const tinyml_binary_f32_params *params, const float *input1, const float *input2, float *output)
{
    TINYML_PARAMS(tinyml_binary_f32_params, p, params);
    TINYML_BROADCAST_ALIKE(float, float, tinyml_read_either_f32, *p, input1, input2, output, x, y,
                           p->kind == TINYML_FLOOR_DIV ? tinyml_floor_div_f32(x, y) : tinyml_floor_mod_f32(x, y));
}
