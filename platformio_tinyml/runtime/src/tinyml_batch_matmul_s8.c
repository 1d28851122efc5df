#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"
#include "tinyml_matrices.h"

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
    TINYML_READ_PARAMS(p, params);
    TINYML_MATRIX_OUTPUTS(p, int8_t, input1, input2, output, left, right, tinyml_batch_matmul_one(&p, left, right))
}
