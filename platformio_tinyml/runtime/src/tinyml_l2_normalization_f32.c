#include "tinyml_core.h"

#include "tinyml_functions_f32.h"
#include "tinyml_kernels.h"

void tinyml_l2_normalization_f32(const tinyml_rows_f32_params *params, const float *input, float *output)
{
    tinyml_rows_f32_params p;
    int32_t row, i;
    TINYML_READ_PARAMS(p, params);
    for (row = 0; row < p.rows; row++, input += p.depth, output += p.depth) {
        float norm = 0.0f;
        for (i = 0; i < p.depth; i++) {
            norm += input[i] * input[i];
        }
        norm = tinyml_sqrt_f32(norm);
        if (norm < 1e-6f) {
            norm = 1e-6f;
        }
        for (i = 0; i < p.depth; i++) {
            output[i] = input[i] / norm;
        }
    }
}
