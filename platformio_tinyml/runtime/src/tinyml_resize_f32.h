/* A row of RESIZE_BILINEAR of floats, of two rows of the input and the share of the second; `column` are the places of columns. */
#ifndef TINYML_RESIZE_F32_H
#define TINYML_RESIZE_F32_H

#include "tinyml_core.h"

#include "tinyml_float.h"

/* Returns the end of the row. */
TINYML_INLINE float *tinyml_resize_row_f32(const float *above, const float *below, float down, const int32_t *column,
                                           int32_t width, int32_t depth, float *output)
{
    const float up = 1.0f - down;
    int32_t x, c;
    for (x = 0; x < width; x++, column += 3) {
        const int32_t left = tinyml_read_i32(column), right = tinyml_read_i32(column + 1);
        const float far = tinyml_float_of_bits(tinyml_read_i32(column + 2)), near = 1.0f - far;
        for (c = 0; c < depth; c++) {
            const float sum = above[left + c] * up * near + below[left + c] * down * near;
            *output++ = sum + above[right + c] * up * far + below[right + c] * down * far + 0.0f;
        }
    }
    return output;
}

#endif
