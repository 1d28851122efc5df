#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

static int8_t tinyml_batch_matmul_one(const tinyml_batch_matmul_params *p, const int8_t *left, const int8_t *right)
{
    int32_t sum = 0;
    int32_t k;
    for (k = 0; k < p->inner; k++, left += p->left_step, right += p->right_step) {
        const int32_t x = tinyml_read_either(left, p->input1_in_flash), y = tinyml_read_either(right, p->input2_in_flash);
        sum += (x + p->input1_offset) * (y + p->input2_offset);
    }
    return tinyml_output(tinyml_rescale(sum, p->multiplier, p->shift), p->output_offset, -128, 127);
}

void tinyml_batch_matmul_s8(const tinyml_batch_matmul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_batch_matmul_params p;
    int32_t i0, i1, i2, row, column;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++) {
                const int8_t *left = input1 + (i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2);
                const int8_t *right = input2 + (i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2);
                for (row = 0; row < p.rows; row++) {
                    for (column = 0; column < p.columns; column++) {
                        *output++ = tinyml_batch_matmul_one(&p, left + row * p.row_step, right + column * p.column_step);
                    }
                }
            }
        }
    }
}
