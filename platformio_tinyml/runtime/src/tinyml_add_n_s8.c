#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

void tinyml_add_n_s8(const tinyml_add_n_params *params,
                     const int8_t *input1, const int8_t *input2, const int8_t *input3, const int8_t *input4,
                     const int8_t *input5, const int8_t *input6, const int8_t *input7, const int8_t *input8,
                     const int8_t *input9, const int8_t *input10, const int8_t *input11, const int8_t *input12,
                     const int8_t *input13, const int8_t *input14, const int8_t *input15, int8_t *output)
{
    const int8_t *const inputs[] = {input1, input2, input3, input4, input5, input6, input7, input8, input9,
                                 input10, input11, input12, input13, input14, input15};
    tinyml_add_n_params p;
    int32_t i, n;
    TINYML_READ_PARAMS(p, params);
    for (i = 0; i < p.size; i++) {
        int32_t sum = p.sum_offset;
        for (n = 0; n < p.count; n++) {
            sum += p.in_flash >> n & 1 ? tinyml_read_i8(inputs[n] + i) : inputs[n][i];
        }
        output[i] = tinyml_output(tinyml_rescale(sum * (INT32_C(1) << 19), p.multiplier, p.shift), p.output_offset, -128, 127);
    }
}
