#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

static float tinyml_batch_matmul_one_f32(const tinyml_batch_matmul_params *p, const float *left, const float *right)
{
    float sum = 0.0f;
    int32_t k;
    for (k = 0; k < p->inner; k++, left += p->left_step, right += p->right_step) {
        const float x = p->input1_in_flash ? tinyml_read_f32(left) : *left;
        const float y = p->input2_in_flash ? tinyml_read_f32(right) : *right;
        sum += x * y;
    }
    return sum;
}

void tinyml_batch_matmul_f32(const tinyml_batch_matmul_params *params, const float *input1, const float *input2, float *output)
{
    tinyml_batch_matmul_params p;
    int32_t i0, i1, i2, row, column;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++) {
                const float *left = input1 + (i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2);
                const float *right = input2 + (i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2);
                for (row = 0; row < p.rows; row++) {
                    for (column = 0; column < p.columns; column++) {
                        *output++ = tinyml_batch_matmul_one_f32(&p, left + row * p.row_step, right + column * p.column_step);
                    }
                }
            }
        }
    }
}
