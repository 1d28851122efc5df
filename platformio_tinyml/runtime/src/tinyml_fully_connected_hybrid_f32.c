#include "tinyml_filters_f32.h"

void tinyml_fully_connected_hybrid_f32(const tinyml_fully_connected_f32_params *params, const float *input,
                                       const int8_t *filter, const float *bias, const float *scale, float *output)
{
    const tinyml_filter_f32 weights = {NULL, filter, scale, 1};
    tinyml_fully_connected_of(params, input, &weights, bias, output);
}
