/* Functions of int16 by a table. */
#ifndef TINYML_INTERPOLATE_S16_H
#define TINYML_INTERPOLATE_S16_H

#include "tinyml_core.h"

/* Of 512 pieces between 513 entries the value at x. */
static inline int32_t tinyml_interpolate_s16(const int16_t *table, int16_t x)
{
    const int16_t *entry = table + (256 + (x >> 7));
    const int32_t first = tinyml_read_i16(entry), second = tinyml_read_i16(entry + 1);
    return first + (((second - first) * (x & 0x7f) + 64) >> 7);
}

#endif
