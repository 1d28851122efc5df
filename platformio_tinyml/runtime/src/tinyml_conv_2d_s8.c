#include "tinyml_conv_2d.h"

TINYML_SMALL
void tinyml_conv_2d_s8(const tinyml_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                       const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_conv_2d_params, p, params);
    tinyml_conv_2d(p, input, filter, bias, scale, output, scratch, tinyml_conv_channels);
}
