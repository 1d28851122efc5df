/* A row of RESIZE_BILINEAR, of two rows of the input and the share of the second; `column` are the places of columns. */
#ifndef TINYML_RESIZE_S8_H
#define TINYML_RESIZE_S8_H

#include "tinyml_core.h"

/* Returns the end of the row. */
TINYML_INLINE int8_t *tinyml_resize_row_s8(const int8_t *above, const int8_t *below, int32_t down, const int32_t *column,
                                           int32_t width, int32_t depth, int8_t *output)
{
    const int32_t up = 1024 - down, half = INT32_C(1) << 19;
    int32_t x, c;
    for (x = 0; x < width; x++, column += 3) {
        const int32_t left = tinyml_read_i32(column), right = tinyml_read_i32(column + 1);
        const int32_t far = tinyml_read_i32(column + 2), near = 1024 - far;
        for (c = 0; c < depth; c++) {
            const int32_t sum = above[left + c] * up * near + below[left + c] * down * near + above[right + c] * up * far +
                                below[right + c] * down * far;
            *output++ = (int8_t)((sum + (sum > 0 ? half : -half)) / (INT32_C(1) << 20));
        }
    }
    return output;
}

#endif
