#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_outputs_s16.h"

static int16_t tinyml_batch_matmul_one_s16(const tinyml_batch_matmul_params *p, const int16_t *left, const int16_t *right)
{
    int64_t sum = 0;
    int32_t k;
    for (k = 0; k < p->inner; k++, left += p->left_step, right += p->right_step) {
        const int32_t x = p->input1_in_flash ? tinyml_read_i16(left) : *left;
        const int32_t y = p->input2_in_flash ? tinyml_read_i16(right) : *right;
        sum += x * y;
    }
    return tinyml_clamp_s16(tinyml_rescale_long(sum, p->multiplier, p->shift), INT16_MIN, INT16_MAX);
}

void tinyml_batch_matmul_s16(const tinyml_batch_matmul_params *params, const int16_t *input1, const int16_t *input2,
                             int16_t *output)
{
    tinyml_batch_matmul_params p;
    int32_t i0, i1, i2, row, column;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++) {
                const int16_t *left = input1 + (i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2);
                const int16_t *right = input2 + (i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2);
                for (row = 0; row < p.rows; row++) {
                    for (column = 0; column < p.columns; column++) {
                        *output++ = tinyml_batch_matmul_one_s16(&p, left + row * p.row_step, right + column * p.column_step);
                    }
                }
            }
        }
    }
}
