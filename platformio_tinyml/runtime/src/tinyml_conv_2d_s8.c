#include "tinyml_conv_2d.h"

/* All channels that see the two columns: pairs, and one by itself; both by their sums where scales are not quick. */
TINYML_OUTLINE TINYML_SMALL void tinyml_conv_channels(tinyml_tile *tile, int32_t channels, const tinyml_outputs *outputs)
{
    const int32_t count = channels & ~INT32_C(1);
    if (count && outputs->is_quick) {
        int8_t *const first = tile->first, *const second = tile->second;
        tile->w_end = tile->w + 4 * tile->groups * count;
        tinyml_columns_by_pairs(tile);
        tinyml_clamp(second, count, outputs);
        tinyml_clamp(first, count, outputs);
        channels &= 1;
    }
    tinyml_conv_by_sums(tile, channels, outputs, NULL);
}

TINYML_SMALL
void tinyml_conv_2d_s8(const tinyml_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                       const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_conv_2d_params, p, params);
    tinyml_conv_2d(p, input, filter, bias, scale, output, scratch, tinyml_conv_channels);
}
