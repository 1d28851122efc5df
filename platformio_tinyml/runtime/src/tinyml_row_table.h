/* Kernels that are given some rows of their input, and find those that they want in a table of the whole. */
#ifndef TINYML_ROW_TABLE_H
#define TINYML_ROW_TABLE_H

#include "tinyml_core.h"

/* The number of the input's row that is given first for output row `row`; scale is 32768 / repeats, rounded up. */
TINYML_INLINE int32_t tinyml_first_row(int32_t row, int32_t scale, int16_t stride, int16_t pad)
{
    const int32_t first = (int32_t)((uint32_t)row * (uint32_t)scale >> 15) * stride - pad;
    return first > 0 ? first : 0;
}

#endif
