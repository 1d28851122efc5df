#include "tinyml_conv_2d.h"

/* In front of the channels that see the same input lies one of weights of 1, whose sum times the offset of all weights, which its
   scale is, belongs to each of theirs. */
TINYML_OUTLINE TINYML_SMALL void tinyml_conv_channels_u8(tinyml_tile *tile, int32_t channels, const tinyml_outputs *outputs)
{
    const uint32_t offset = (uint32_t)tinyml_read_i32(tile->scale);
    uint32_t more[2];
    tile->sums = more;
    tinyml_columns_by_one(tile);
    tile->scale += 2;
    more[0] *= offset;
    more[1] *= offset;
    tinyml_conv_by_sums(tile, channels, outputs, more);
}

TINYML_SMALL
void tinyml_conv_2d_u8(const tinyml_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                       const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_conv_2d_params, p, params);
    tinyml_conv_2d(p, input, filter, bias, scale, output, scratch, tinyml_conv_channels_u8);
}
