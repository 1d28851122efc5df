#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_kernels.h"
#include "tinyml_outputs_s16.h"

/* Sums of products of a row with two columns that begin `apart` values from each other. */
TINYML_OUTLINE void tinyml_matmul_two_s16(const tinyml_batch_matmul_params *p, const int16_t *left, const int16_t *right, int32_t apart,
                                          int64_t sums[2])
{
    const int32_t left_step = p->left_step, right_step = p->right_step;
    const int8_t left_in_flash TINYML_UNUSED = p->input1_in_flash, right_in_flash TINYML_UNUSED = p->input2_in_flash;
    int64_t one = 0, two = 0;
    int32_t k = p->inner;
#if defined(TINYML_DSP)
    /* Two values of the row at a time, where they lie side by side and so do those of either column, or both columns. */
    if (left_step == 1 && right_step == 1) {
        for (; k > 1; k -= 2, left += 2, right += 2) {
            const uint32_t values = tinyml_load_pair(left);
            one = tinyml_add_products_long(values, tinyml_load_pair(right), one);
            two = tinyml_add_products_long(values, tinyml_load_pair(right + apart), two);
        }
    } else if (left_step == 1 && apart == 1) {
        for (; k > 1; k -= 2, left += 2, right += 2 * right_step) {
            const uint32_t values = tinyml_load_pair(left), first = tinyml_load_pair(right), second = tinyml_load_pair(right + right_step);
            one += (int64_t)(int16_t)values * (int16_t)first;
            two += (int64_t)(int16_t)values * (int16_t)(first >> 16);
            one += (int64_t)(int16_t)(values >> 16) * (int16_t)second;
            two += (int64_t)(int16_t)(values >> 16) * (int16_t)(second >> 16);
        }
    }
#endif
    for (; k > 0; k--, left += left_step, right += right_step) {
        const int32_t x = tinyml_read_either_s16(left, left_in_flash);
        one += (int64_t)x * tinyml_read_either_s16(right, right_in_flash);
        two += (int64_t)x * tinyml_read_either_s16(right + apart, right_in_flash);
    }
    sums[0] = one;
    sums[1] = two;
}

TINYML_SMALL
void tinyml_batch_matmul_s16(const tinyml_batch_matmul_params *params, const int16_t *input1, const int16_t *input2,
                             int16_t *output)
{
    TINYML_PARAMS(tinyml_batch_matmul_params, p, params);
    int32_t i0, i1, i2, row, column, k;
    for (i0 = 0; i0 < p->size_0; i0++) {
        for (i1 = 0; i1 < p->size_1; i1++) {
            for (i2 = 0; i2 < p->size_2; i2++) {
                const int16_t *left = input1 + (i0 * p->input1_step_0 + i1 * p->input1_step_1 + i2 * p->input1_step_2);
                const int16_t *right = input2 + (i0 * p->input2_step_0 + i1 * p->input2_step_1 + i2 * p->input2_step_2);
                for (row = 0; row < p->rows; row++, left += p->row_step) {
                    for (column = 0; column < p->columns; column += 2) {
                        const int8_t count = (int8_t)(column + 1 < p->columns ? 2 : 1);
                        int64_t sums[2];
                        tinyml_matmul_two_s16(p, left, right + column * p->column_step, count == 2 ? p->column_step : 0, sums);
                        for (k = 0; k < count; k++) {
                            *output++ = tinyml_clamp_s16(tinyml_rescale_long(sums[k], p->multiplier, p->shift), INT16_MIN, INT16_MAX);
                        }
                    }
                }
            }
        }
    }
}
