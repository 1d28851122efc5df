/* The inner loop of FULLY_CONNECTED and CONV_2D. */
#ifndef TINYML_DOT_H
#define TINYML_DOT_H

#include <stdint.h>

#include "tinyml_flash.h"

/* Sum over i < size of (input[i] + input_offset) * filter[i]; filter in flash. Each product fits 16 bits. */
static inline int32_t tinyml_dot(const int8_t *input, int16_t input_offset, const int8_t *filter, int32_t size)
{
    int32_t sum = 0;
    int32_t i;
    for (i = 0; i < size; i++) {
        const int16_t value = (int16_t)(input[i] + input_offset);
        sum += (int32_t)value * tinyml_read_i8(filter + i);
    }
    return sum;
}

#endif
