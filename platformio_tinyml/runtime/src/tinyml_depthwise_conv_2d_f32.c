#include "tinyml_filters_f32.h"

void tinyml_depthwise_conv_2d_f32(const tinyml_conv_2d_f32_params *params, const float *input, const float *filter,
                                  const float *bias, float *output)
{
    const tinyml_filter_f32 weights = {filter, NULL, NULL, 0};
    tinyml_conv_2d_of(params, input, &weights, bias, output, 1);
}
