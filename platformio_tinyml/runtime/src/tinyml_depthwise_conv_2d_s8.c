#include "tinyml_depthwise.h"

TINYML_SMALL
void tinyml_depthwise_conv_2d_s8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                                 const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_depthwise_conv_2d_params, p, params);
    tinyml_depthwise_pairs(p, input, filter, bias, scale, output, (tinyml_tap *)scratch, 1, NULL,
                           tinyml_depthwise_channels);
}
