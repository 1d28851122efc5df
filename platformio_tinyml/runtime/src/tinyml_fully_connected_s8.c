#include "tinyml_fully_connected.h"

/* 1 to 4 channels, where their number, a row's rest of 1 to 3 values or the scales want more than tinyml_dense_by_fours does. */
TINYML_OUTLINE TINYML_SMALL void tinyml_dense_some(tinyml_tile *tile, int32_t channels, const int8_t *rest,
                                                   const tinyml_outputs *outputs)
{
    tinyml_dense_by_sums(tile, channels, rest, outputs, 0);
}

TINYML_INLINE void tinyml_dense_all(tinyml_tile *tile, int32_t channels, const int8_t *rest, const tinyml_outputs *outputs)
{
    if (outputs->is_quick && channels > 3 && tinyml_dense_take(tile, rest)) {
        int8_t *const first = tile->first;
        const int32_t count = channels & ~INT32_C(3);
        tile->w_end = tile->w + 4 * (tile->groups + (rest != NULL)) * count;
        tinyml_dense_by_fours(tile);
        tinyml_clamp(first, count, outputs);
        tinyml_dense_take(tile, NULL);
        channels &= 3;
    }
    for (; channels > 0; channels -= 4) {
        tinyml_dense_some(tile, channels < 4 ? channels : 4, rest, outputs);
    }
}

TINYML_SMALL
void tinyml_fully_connected_s8(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *scale, int8_t *output)
{
    TINYML_PARAMS(tinyml_fully_connected_params, p, params);
    tinyml_fully_connected(p, input, filter, bias, scale, output, NULL, tinyml_dense_all);
}
