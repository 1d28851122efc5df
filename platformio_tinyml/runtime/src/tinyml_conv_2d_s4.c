#include "tinyml_conv_2d.h"
#include "tinyml_packed.h"

/* Pairs of channels, and of a last single one with another of weights of 0: piece by piece their weights are unpacked in front of
   the columns. */
TINYML_OUTLINE void tinyml_conv_channels_s4(tinyml_tile *tile, int32_t channels, const tinyml_outputs *outputs)
{
    static const int32_t none[2] TINYML_FLASH = {0, 0};
    const tinyml_lane *const x = (const tinyml_lane *)tile->x, *const end = (const tinyml_lane *)tile->end;
    const int8_t *packed = tile->w;
    const int32_t *bias = tile->bias;
    const int32_t groups = tile->groups;
    int8_t *const unpacked = (int8_t *)(uintptr_t)x - TINYML_UNPACKED;
    uint32_t part[4];
    int32_t k;
    for (; channels > 0; channels -= 2) {
        const int32_t count = channels > 1 ? 2 : 1;
        uint32_t sums[4] = {0, 0, 0, 0};
        int32_t left = groups;
        tile->x = x;
        for (; left > 0; left -= tile->groups) {
            tile->groups = left < TINYML_PIECE_OF_PAIR ? left : (int32_t)TINYML_PIECE_OF_PAIR;
            tile->end = (const tinyml_lane *)tile->x + tile->groups * TINYML_GROUP_LANES;
            packed = tinyml_unpack(packed, unpacked, 2 * tile->groups);
            tile->w = unpacked;
            tile->bias = none;
            tile->sums = part;
            tinyml_columns_by_unpacked(tile);
            tile->x = tile->end;
            for (k = 0; k < 4; k++) {
                sums[k] += part[k];
            }
        }
        for (k = 0; k < count; k++, tile->scale += 2) {
            const uint32_t start = (uint32_t)tinyml_read_i32(bias++);
            *tile->second++ = tinyml_requantize_any(start + sums[2 * k + 1], tile->scale, outputs);
            *tile->first++ = tinyml_requantize_any(start + sums[2 * k], tile->scale, outputs);
        }
    }
    tile->x = x;
    tile->end = end;
    tile->w = packed;
    tile->bias = bias;
    tile->groups = groups;
    tile->sums = NULL;
}

TINYML_SMALL
void tinyml_conv_2d_s4(const tinyml_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                       const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_conv_2d_params, p, params);
    tinyml_conv_2d(p, input, filter, bias, scale, output, (int8_t *)scratch + TINYML_UNPACKED, tinyml_conv_channels_s4);
}
