#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

void tinyml_fold_rows_f32(const tinyml_fold_rows_f32_params *params, const float *input, float *output, int32_t row)
{
    tinyml_fold_rows_f32_params p;
    int32_t channel, i;
    TINYML_READ_PARAMS(p, params);
    for (channel = 0; channel < p.depth; channel++, output++) {
        const float *in = input + channel;
        float result = row > 0 ? *output : tinyml_float_of_bits(p.start_bits);
        for (i = p.width; i > 0; i--, in += p.depth) {
            if (p.kind == 0) {
                result += *in;
            } else if (p.kind > 0 ? *in > result : *in < result) {
                result = *in;
            }
        }
        if (row + p.rows >= p.height) { /* all are there */
            result = p.count > 1 ? result / (float)p.count : result;
            result = tinyml_clamp_f32(result, tinyml_float_of_bits(p.min_bits), tinyml_float_of_bits(p.max_bits));
        }
        *output = result;
    }
}
