#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

void tinyml_softmax_f32(const tinyml_softmax_f32_params *params, const float *input, float *output)
{
    tinyml_softmax_f32_params p;
    int32_t row, i;
    TINYML_READ_PARAMS(p, params);
    for (row = 0; row < p.rows; row++, input += p.depth, output += p.depth) {
        float max = input[0], sum = 0.0f;
        for (i = 1; i < p.depth; i++) {
            max = input[i] > max ? input[i] : max;
        }
        for (i = 0; i < p.depth; i++) {
            output[i] = tinyml_exp_f32((input[i] - max) * tinyml_float_of_bits(p.beta_bits));
            sum += output[i];
        }
        for (i = 0; i < p.depth; i++) {
            output[i] /= sum;
        }
    }
}
