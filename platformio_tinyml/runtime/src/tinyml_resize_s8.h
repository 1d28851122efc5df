/* A row of RESIZE_BILINEAR, of two rows of the input and the share of the second; `column` are the places of columns. */
#ifndef TINYML_RESIZE_S8_H
#define TINYML_RESIZE_S8_H

#include "tinyml_helium.h"

#if defined(TINYML_HELIUM)

/* Returns the end of the row. Four columns at a time, channel by channel. */
TINYML_OUTLINE int8_t *tinyml_resize_row_s8(const int8_t *above, const int8_t *below, int32_t down, const int32_t *column,
                                            int32_t width, int32_t depth, int8_t *output)
{
    const uint32x4_t threes = tinyml_offsets(12), to = tinyml_offsets((uint32_t)depth);
    const int32_t up = 1024 - down;
    int32_t c;
    for (; width > 0; width -= 4, column += 12) {
        const mve_pred16_t some = vctp32q((uint32_t)width); /* others see the first column */
        const uint32x4_t left = vreinterpretq_u32_s32(vldrwq_gather_offset_z_s32(column, threes, some));
        const uint32x4_t right = vreinterpretq_u32_s32(vldrwq_gather_offset_z_s32(column + 1, threes, some));
        const int32x4_t far = vldrwq_gather_offset_z_s32(column + 2, threes, some), near = vsubq_s32(vdupq_n_s32(1024), far);
        for (c = 0; c < depth; c++) {
            const int32x4_t first = vaddq_s32(vmulq_s32(vldrbq_gather_offset_s32(above + c, left), near),
                                              vmulq_s32(vldrbq_gather_offset_s32(above + c, right), far));
            const int32x4_t second = vaddq_s32(vmulq_s32(vldrbq_gather_offset_s32(below + c, left), near),
                                               vmulq_s32(vldrbq_gather_offset_s32(below + c, right), far));
            const int32x4_t sum = vaddq_s32(vmulq_n_s32(first, up), vmulq_n_s32(second, down));
            /* halves away from zero */
            vstrbq_scatter_offset_p_s32(output + c, to, vrshrq_n_s32(vaddq_s32(sum, vshrq_n_s32(sum, 31)), 20), some);
        }
        output += (width < 4 ? width : 4) * depth;
    }
    return output;
}

#else

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

#endif
