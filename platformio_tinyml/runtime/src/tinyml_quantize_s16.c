#include "tinyml_core.h"

#include "tinyml.h"
#include "tinyml_float.h"
#include "tinyml_kernels.h"

void tinyml_quantize_s16(const tinyml_quantize_params *params, const float *input, int16_t *output)
{
    tinyml_quantize_params p;
    float scale;
    int32_t i;
    TINYML_READ_PARAMS(p, params);
    scale = tinyml_float_of_bits(p.scale_bits);
    for (i = 0; i < p.size; i++) {
        output[i] = tinyml_quantize_16(input[i], scale, p.zero_point);
    }
}
