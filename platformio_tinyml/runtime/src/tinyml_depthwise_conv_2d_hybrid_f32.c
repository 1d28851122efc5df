#include "tinyml_filters_f32.h"

void tinyml_depthwise_conv_2d_hybrid_f32(const tinyml_conv_2d_f32_params *params, const float *input, const int8_t *filter,
                                         const float *bias, const float *scale, float *output)
{
    const tinyml_filter_f32 weights = {NULL, filter, scale, 1};
    tinyml_conv_2d_of(params, input, &weights, bias, output, 1);
}
