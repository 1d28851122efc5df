#include "tinyml_core.h"

#include "tinyml_functions_f32.h"
#include "tinyml_kernels.h"

void tinyml_log_softmax_f32(const tinyml_rows_f32_params *params, const float *input, float *output)
{
    tinyml_rows_f32_params p;
    int32_t row, i;
    TINYML_READ_PARAMS(p, params);
    for (row = 0; row < p.rows; row++, input += p.depth, output += p.depth) {
        float max = input[0], sum = 0.0f;
        for (i = 1; i < p.depth; i++) {
            max = input[i] > max ? input[i] : max;
        }
        for (i = 0; i < p.depth; i++) {
            sum += tinyml_exp_f32(input[i] - max);
        }
        sum = tinyml_log_f32(sum);
        for (i = 0; i < p.depth; i++) {
            output[i] = input[i] - max - sum;
        }
    }
}
