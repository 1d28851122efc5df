/* The logistic function and the hyperbolic tangent of 16 bits, by interpolation in one table in flash: 256 values of the
   logistic function at n / 24, of 16 bits, each less 2^15 (platformio_tinyml/program/sigmoid.py). Inputs count 3 / 2^12
   of the real one: one of 12 fractional bits times 3. Outputs have 15 fractional bits. */
#ifndef TINYML_SIGMOID_S16_H
#define TINYML_SIGMOID_S16_H

#include "tinyml_core.h"

/* Both functions are odd beside their value at 0: `value` counts from there, and where x is negative its complement does. */
static inline int16_t tinyml_sigmoid_s16(int32_t x, const int16_t *table)
{
    const uint32_t size = (uint32_t)(x < 0 ? -x : x), index = size >> 9;
    int32_t value = (INT32_C(0x7fff) << 10) - (INT32_C(1) << 24);
    if (index < 255) {
        const int32_t low = tinyml_read_i16(table + index), high = tinyml_read_i16(table + index + 1);
        value = low * 512 + (int32_t)(size & 0x1ff) * (high - low);
    }
    return (int16_t)(((value ^ x >> 31) + (INT32_C(1) << 24) + (1 << 9)) >> 10);
}

static inline int16_t tinyml_tanh_s16(int32_t x, const int16_t *table)
{
    const uint32_t size = (uint32_t)(x < 0 ? -x : x), index = size >> 8;
    int32_t value = (INT32_C(0xffff) << 8) - (INT32_C(1) << 23);
    if (index < 255) {
        const int32_t low = tinyml_read_i16(table + index), high = tinyml_read_i16(table + index + 1);
        value = low * 256 + (int32_t)(size & 0xff) * (high - low);
    }
    return (int16_t)(((value ^ x >> 31) + (1 << 7)) >> 8);
}

#endif
