#include "tinyml_fully_connected.h"

/* The first scale is what all weights have more than the filter says: so many times the sum of the row. */
TINYML_OUTLINE TINYML_SMALL void tinyml_dense_all_u8(tinyml_tile *tile, int32_t channels, const int8_t *rest,
                                                     const tinyml_outputs *outputs)
{
    const int8_t *x = (const int8_t *)tile->x, *const end = (const int8_t *)tile->end;
    uint32_t more;
    int32_t sum = 0;
    int8_t k;
    for (; x != end; x++) {
        sum += *x;
    }
    for (k = 0; rest != NULL && k < 4; k++) {
        sum += rest[k];
    }
    more = (uint32_t)sum * (uint32_t)tinyml_read_i32(tile->scale);
    tile->scale += 2;
    for (; channels > 0; channels -= 4) {
        tinyml_dense_by_sums(tile, channels < 4 ? channels : 4, rest, outputs, more);
    }
}

TINYML_SMALL
void tinyml_fully_connected_u8(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *scale, int8_t *output)
{
    TINYML_PARAMS(tinyml_fully_connected_params, p, params);
    tinyml_fully_connected(p, input, filter, bias, scale, output, NULL, tinyml_dense_all_u8);
}
