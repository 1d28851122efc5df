/* The logistic function and the hyperbolic tangent of 16 bits, by interpolation in one table in flash: 256 values of the
   logistic function at n / 24, of 16 bits, each less 2^15 (platformio_tinyml/program/sigmoid.py). Inputs count 3 / 2^12
   of the real one: one of 12 fractional bits times 3. Outputs have 15 fractional bits. */
#ifndef TINYML_SIGMOID_S16_H
#define TINYML_SIGMOID_S16_H

#include "tinyml_core.h"

static inline uint32_t tinyml_sigmoid_entry(const int16_t *table, uint32_t index)
{
    return (uint32_t)(tinyml_read_i16(table + index) + INT32_C(0x8000));
}

static inline int16_t tinyml_sigmoid_s16(int32_t x, const int16_t *table)
{
    const uint32_t size = (uint32_t)(x < 0 ? -x : x), index = size >> 9;
    uint32_t value = UINT32_C(0x7fff) << 10;
    if (index < 255) {
        const uint32_t low = tinyml_sigmoid_entry(table, index), high = tinyml_sigmoid_entry(table, index + 1);
        value = (low << 9) + (size & 0x1ff) * (high - low);
    }
    value = x >= 0 ? value + (1u << 9) : (UINT32_C(1) << 25) - value + (1u << 9) - 1;
    return (int16_t)(value >> 10);
}

static inline int16_t tinyml_tanh_s16(int32_t x, const int16_t *table)
{
    const uint32_t size = (uint32_t)(x < 0 ? -x : x), index = size >> 8;
    int32_t value = INT32_C(0xffff) << 8;
    if (index < 255) {
        const uint32_t low = tinyml_sigmoid_entry(table, index), high = tinyml_sigmoid_entry(table, index + 1);
        value = (int32_t)((low << 8) + (size & 0xff) * (high - low));
    }
    value -= INT32_C(1) << 23;
    return (int16_t)(((x >= 0 ? value : -value - 1) + (1 << 7)) >> 8);
}

#endif
