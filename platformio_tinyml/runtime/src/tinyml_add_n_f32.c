#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

void tinyml_add_n_f32(const tinyml_add_n_params *params,
                     const float *input1, const float *input2, const float *input3, const float *input4,
                     const float *input5, const float *input6, const float *input7, const float *input8,
                     const float *input9, const float *input10, const float *input11, const float *input12,
                     const float *input13, const float *input14, const float *input15, float *output)
{
    const float *const inputs[] = {input1, input2, input3, input4, input5, input6, input7, input8, input9,
                                 input10, input11, input12, input13, input14, input15};
    tinyml_add_n_params p;
    int32_t i, n;
    TINYML_READ_PARAMS(p, params);
    for (i = 0; i < p.size; i++) {
        float sum = 0.0f;
        for (n = 0; n < p.count; n++) {
            sum += p.in_flash >> n & 1 ? tinyml_read_f32(inputs[n] + i) : inputs[n][i];
        }
        output[i] = sum;
    }
}
