#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"
#include "tinyml_matrices.h"

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
    TINYML_READ_PARAMS(p, params);
    TINYML_MATRIX_OUTPUTS(p, float, input1, input2, output, left, right, tinyml_batch_matmul_one_f32(&p, left, right))
}
