#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_reciprocal.h"

void tinyml_l2_normalization_s8(const tinyml_l2_normalization_params *params, const int8_t *input, int8_t *output)
{
    tinyml_l2_normalization_params p;
    int32_t row, i, multiplier, shift;
    TINYML_READ_PARAMS(p, params);
    for (row = 0; row < p.rows; row++) {
        int32_t sum = 0;
        for (i = 0; i < p.depth; i++) {
            const int32_t value = (int32_t)input[i] + p.input_offset;
            sum += value * value;
        }
        tinyml_inverse_sqrt(sum, &multiplier, &shift);
        for (i = 0; i < p.depth; i++) {
            const int32_t value = tinyml_rescale((int32_t)input[i] + p.input_offset, multiplier, shift + 7);
            output[i] = tinyml_output(value, 0, -128, 127);
        }
        input += p.depth;
        output += p.depth;
    }
}
