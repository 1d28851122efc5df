#include "tinyml_fully_connected.h"
#include "tinyml_packed.h"

/* Adds to the sums of 1 to 4 channels the products of so many groups of values at tile->x; where the next packed weights are. */
TINYML_OUTLINE const int8_t *tinyml_dense_piece(tinyml_tile *tile, const int8_t *packed, int32_t groups, int32_t channels,
                                                uint32_t sums[4])
{
    static const int32_t none[4] TINYML_FLASH = {0, 0, 0, 0};
    int8_t *const unpacked = tile->second;
    uint32_t part[4];
    int32_t c;
    packed = tinyml_unpack(packed, unpacked, channels * groups);
    tile->groups = groups;
    tile->end = (const int8_t *)tile->x + 4 * groups;
#if defined(TINYML_HELIUM)
    tile->last = (const int8_t *)tile->x + ((4 * groups - 1) & ~INT32_C(15));
#endif
    tile->w = unpacked;
    tile->bias = none;
    if (channels == 4) {
        tile->sums = part;
        tinyml_dense_by_unpacked(tile);
    } else {
        for (c = 0; c < channels; c++) {
            part[c] = tinyml_dense_of_one(tile, c, channels, 0);
        }
    }
    for (c = 0; c < channels; c++) {
        sums[c] += part[c];
    }
    return packed;
}

/* Four channels at a time: piece by piece their weights are unpacked in scratch, which tile->second is here. */
TINYML_OUTLINE TINYML_SMALL void tinyml_dense_all_s4(tinyml_tile *tile, int32_t channels, const int8_t *rest,
                                                     const tinyml_outputs *outputs)
{
    const int8_t *const x = (const int8_t *)tile->x, *packed = tile->w;
    const int32_t *bias = tile->bias;
    const int32_t groups = tile->groups;
    int32_t c;
    for (; channels > 0; channels -= 4) {
        const int32_t count = channels < 4 ? channels : 4;
        uint32_t sums[4] = {0, 0, 0, 0};
        int32_t left = groups;
        for (tile->x = x; left > 0; left -= tile->groups, tile->x = tile->end) {
            const int32_t piece = left < TINYML_PIECE_OF_FOUR ? left : (int32_t)TINYML_PIECE_OF_FOUR;
            packed = tinyml_dense_piece(tile, packed, piece, count, sums);
        }
        if (rest != NULL) {
            tile->x = rest;
            packed = tinyml_dense_piece(tile, packed, 1, count, sums);
        }
        for (c = 0; c < count; c++) {
            *tile->first++ = tinyml_requantize_any(sums[c] + (uint32_t)tinyml_read_i32(bias++), tile->scale, outputs);
            tile->scale += tile->step >> 2;
        }
    }
}

TINYML_SMALL
void tinyml_fully_connected_s4(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_fully_connected_params, p, params);
    tinyml_fully_connected(p, input, filter, bias, scale, output, (int8_t *)scratch, tinyml_dense_all_s4);
}
