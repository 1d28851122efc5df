/* What the kernels of CONV_2D and TRANSPOSE_CONV share: all but how the channels that see two columns become outputs where weights
   are not of int8, which the kernel's own file says. */
#ifndef TINYML_CONV_2D_H
#define TINYML_CONV_2D_H

#include "tinyml_columns.h"
#include "tinyml_joined_columns.h"
#include "tinyml_kernels.h"
#include "tinyml_requantize.h"
#include "tinyml_window.h"

#if defined(TINYML_HELIUM)

TINYML_OUTLINE void tinyml_copy_rows(const tinyml_rows *from, int8_t *to, int32_t step)
{
    const int32_t rest = ((from->n - 1) & 15) + 1, whole = from->n - rest;
    const mve_pred16_t some = vctp8q((uint32_t)rest);
    const int8_t *row = from->values;
    int32_t rows, k;
    for (rows = from->rows; rows > 0; rows--, row += from->pitch, to += step) {
        for (k = 0; k < whole; k += 16) {
            vstrbq_s8(to + k, vldrbq_s8(row + k));
        }
        vstrbq_p_s8(to + whole, vldrbq_z_s8(row + whole, some), some);
    }
}

#else

TINYML_OUTLINE TINYML_SMALL void tinyml_copy_rows(const tinyml_rows *from, int8_t *to, int32_t step)
{
    const int8_t *row = from->values;
    int32_t rows;
    for (rows = from->rows; rows > 0; rows--, row += from->pitch, to += step) {
        tinyml_copy_bytes(to, row, from->n);
    }
}

#endif

/* Columns of `count` elements of `depth` values, `pitch` bytes apart, that a window of 1 x 1 sees. */
TINYML_OUTLINE TINYML_SMALL void tinyml_conv_pixels(const int8_t *values, int32_t depth, int32_t pitch, int32_t count,
                                                    const tinyml_tile *tile)
{
    tinyml_lane *lanes = (tinyml_lane *)(uintptr_t)tile->x;
    int8_t *const bytes = (int8_t *)(uintptr_t)tile->end;
    tinyml_rows from = {values, pitch, depth & ~INT32_C(3), count};
#if defined(TINYML_HELIUM)
    from.n = depth;
#endif
    tinyml_column_append(&from, lanes, TINYML_COLUMN_LANES);
    if (from.n == depth) {
        return;
    }
    values += from.n;
    lanes += (from.n >> 2) * TINYML_GROUP_LANES;
    from.values = bytes; /* what is behind the last value meets weights of 0 */
    from.n = 4;
    from.rows = 1;
    for (; count > 0; count--, values += pitch, lanes += TINYML_COLUMN_LANES) {
        tinyml_copy_bytes(bytes, values, depth & 3);
        tinyml_column_append(&from, lanes, 0);
    }
}

/* An output element, and which rows of its window lie inside. */
typedef struct {
    int32_t y;
    int32_t x;
    tinyml_taps rows;
#if defined(TINYML_HELIUM)
    int32_t first; /* of the row's elements whose windows lie inside */
    int32_t inside; /* how many these are */
    int32_t base; /* where the window of the row's first element begins in the input */
#endif
} tinyml_conv_place;

/* At the first element of row `y`. */
TINYML_OUTLINE TINYML_SMALL void tinyml_conv_row(const tinyml_conv_2d_params *p, int32_t y, tinyml_conv_place *place)
{
    place->y = y;
    place->x = 0;
    place->rows = tinyml_taps_inside(y * p->stride_height - p->pad_height, p->input_height, p->filter_height, p->dilation_height);
#if defined(TINYML_HELIUM)
    place->inside = 0;
    if (place->rows.end - place->rows.first == p->filter_height && p->stride_width > 0) {
        const int32_t last = p->input_width - 1 - (p->filter_width - 1) * p->dilation_width + p->pad_width;
        place->first = (p->pad_width + p->stride_width - 1) / p->stride_width;
        place->inside = last < p->pad_width ? 0 : last / p->stride_width + 1 - place->first;
        place->base = ((y * p->stride_height - p->pad_height) * p->input_width - p->pad_width) * p->input_depth;
    }
#endif
}

/* At the next element. */
TINYML_INLINE void tinyml_conv_advance(const tinyml_conv_2d_params *p, tinyml_conv_place *place)
{
    if (++place->x == p->output_width) {
        tinyml_conv_row(p, place->y + 1, place);
    }
}

#if defined(TINYML_HELIUM)

/* Says how far behind a window's first value a column's are, which is quicker to walk than short pieces are to copy: of as many as
   fill the column up, behind all else in scratch. Not of a window that is one `is_pixel`, nor where pieces are long or too far apart. */
TINYML_OUTLINE TINYML_SMALL void tinyml_conv_place_values(const tinyml_conv_2d_params *p, int8_t is_pixel, tinyml_tile *tile)
{
    const int32_t depth = p->filter_depth, step = p->dilation_width * p->input_depth;
    const int32_t pitch = p->dilation_height * p->input_width * p->input_depth;
    uint16_t *const places = (uint16_t *)(uintptr_t)((const int8_t *)tile->end + (depth & 3 ? 4 * tile->groups : 0)), *to = places;
    int32_t y, x, k;
    tile->places = NULL;
    if (is_pixel || (p->filter_height - 1) * pitch + (p->filter_width - 1) * step + depth > UINT16_MAX ||
        ((depth & 3) == 0 && (step == depth ? p->filter_width * depth : depth) > 12)) {
        return;
    }
    tile->places = places;
    for (y = 0; y < p->filter_height; y++) {
        for (x = 0; x < p->filter_width; x++) {
            for (k = 0; k < depth; k++) {
                *to++ = (uint16_t)(y * pitch + x * step + k);
            }
        }
    }
    while (to != places + 4 * tile->groups) {
        *to++ = 0;
    }
}

#else
#define tinyml_conv_place_values(p, is_pixel, tile) ((void)0)
#endif

/* Columns of `count` elements from `place` on: what their windows see of the filter_depth channels at `input`, padding as zero
   points. Where pieces are no multiples of 4, a column is put together as bytes first, behind both columns. */
TINYML_OUTLINE TINYML_SMALL void tinyml_conv_columns(const tinyml_conv_2d_params *p, const int8_t *input,
                                                     tinyml_conv_place *place, int32_t count, const tinyml_tile *tile)
{
    const int32_t depth = p->filter_depth, row = p->filter_width * depth, size = p->filter_height * row;
    const int32_t step = p->dilation_width * p->input_depth;
    tinyml_lane *lanes = (tinyml_lane *)(uintptr_t)tile->x;
    tinyml_rows from;
    from.pitch = p->dilation_height * p->input_width * p->input_depth;
    for (; count > 0; count--, lanes += TINYML_COLUMN_LANES) {
        const int32_t in_y = place->y * p->stride_height - p->pad_height, in_x = place->x * p->stride_width - p->pad_width;
        int8_t *bytes = depth & 3 ? (int8_t *)(uintptr_t)tile->end : NULL;
        tinyml_taps columns = {0, p->filter_width};
        int32_t at, pieces;
        if (in_x < 0 || in_x + (p->filter_width - 1) * p->dilation_width >= p->input_width) {
            columns = tinyml_taps_inside(in_x, p->input_width, p->filter_width, p->dilation_width);
        }
        at = place->rows.first * row + columns.first * depth;
        pieces = columns.end - columns.first;
        from.n = depth;
        from.rows = place->rows.end - place->rows.first;
        from.values =
            input + ((in_y * p->input_width + in_x) * p->input_depth + place->rows.first * from.pitch + columns.first * step);
        if (from.rows == p->filter_height && pieces == p->filter_width) {
            bytes = step == depth && (row & 3) == 0 ? NULL : bytes;
        } else if (bytes != NULL) {
            tinyml_fill_bytes(bytes, (int8_t)-p->input_offset, size);
        } else {
            tinyml_column_fill(lanes, (int8_t)-p->input_offset, size);
        }
        if (step == depth && pieces > 0) {
            from.n *= pieces;
            pieces = 1;
        }
        for (; pieces > 0; pieces--, from.values += step, at += from.n) {
            if (bytes != NULL) {
                tinyml_copy_rows(&from, bytes + at, row);
            } else {
                tinyml_column_append(&from, lanes + (at >> 2) * TINYML_GROUP_LANES, (row >> 2) * TINYML_GROUP_LANES);
            }
        }
        if (bytes != NULL) {
            from.values = bytes;
            from.n = (size + 3) & ~INT32_C(3);
            from.rows = 1;
            tinyml_column_append(&from, lanes, 0);
        }
        tinyml_conv_advance(p, place);
    }
}

#if defined(TINYML_HELIUM)

/* The same, by the places of the values where windows lie inside. */
TINYML_OUTLINE void tinyml_conv_windows(const tinyml_conv_2d_params *p, const int8_t *input, tinyml_conv_place *place,
                                        int32_t count, const tinyml_tile *tile)
{
    const int32_t x = place->x - place->first;
    if (tile->places == NULL || x < 0 || x + count > place->inside) {
        tinyml_conv_columns(p, input, place, count, tile);
        return;
    }
    {
        const int32_t step = p->stride_width * p->input_depth;
        const int8_t *const values = input + place->base + place->x * step;
        tinyml_column_gather(values, values + step * (count - 1), tile->places, (tinyml_lane *)(uintptr_t)tile->x, 4 * tile->groups);
    }
    place->x += count - 1;
    tinyml_conv_advance(p, place);
}

#else
#define tinyml_conv_windows tinyml_conv_columns
#endif

/* So many channels by their sums: pairs, and one by itself; `more` of each column is added to all of them. */
TINYML_INLINE void tinyml_conv_by_sums(tinyml_tile *tile, int32_t channels, const tinyml_outputs *outputs, const uint32_t *more)
{
    uint32_t sums[4];
    int32_t count, k;
    tile->sums = sums;
    for (; channels > 0; channels -= count) {
        count = channels > 1 ? 2 : 1;
        if (count == 2) {
            tinyml_columns_by_pairs(tile);
        } else {
            tinyml_columns_by_one(tile);
        }
        for (k = 0; k < count; k++, tile->scale += 2) {
            const uint32_t second = sums[2 * k + 1], first = sums[2 * k];
            *tile->second++ = tinyml_requantize_any(more == NULL ? second : second + more[1], tile->scale, outputs);
            *tile->first++ = tinyml_requantize_any(more == NULL ? first : first + more[0], tile->scale, outputs);
        }
    }
    tile->sums = NULL;
}

#if defined(TINYML_HELIUM)

#include "tinyml_few_helium.h"

/* All channels that see the two columns: four at a time, by their sums what is left and where scales are not quick. */
TINYML_OUTLINE void tinyml_conv_channels(tinyml_tile *tile, int32_t channels, const tinyml_outputs *outputs)
{
    int8_t *const first = tile->first, *const second = tile->second;
    const int32_t whole = outputs->is_quick ? channels & ~INT32_C(3) : 0;
    int32_t count;
    if (whole > 0) {
        tile->w_end = tile->w + 4 * tile->groups * whole;
        tinyml_columns_by_fours(tile);
        tinyml_clamp(second, whole, outputs);
        tinyml_clamp(first, whole, outputs);
    }
    for (channels -= whole; channels > 0; channels -= count) {
        uint32_t sums[4], one[4] = {0, 0, 0, 0}, two[4] = {0, 0, 0, 0};
        int32_t k;
        count = channels < 4 ? channels : 4;
        tile->sums = sums;
        for (k = 0; k + 1 < count; k += 2) {
            tinyml_columns_by_pairs(tile);
            one[k] = sums[0];
            two[k] = sums[1];
            one[k + 1] = sums[2];
            two[k + 1] = sums[3];
        }
        if (k < count) {
            tinyml_columns_by_one(tile);
            one[k] = sums[0];
            two[k] = sums[1];
        }
        tile->sums = NULL;
        tinyml_columns_outputs(tile, count, one, two, outputs);
    }
}

#elif defined(TINYML_JOINED)

/* All channels that see the two columns: joined, unless they are few or scales are not quick. */
TINYML_OUTLINE TINYML_SMALL void tinyml_conv_channels(tinyml_tile *tile, int32_t channels, const tinyml_outputs *outputs)
{
    int8_t *const first = tile->first, *const second = tile->second;
    if (channels < TINYML_JOINED_CHANNELS || !outputs->is_quick) {
        tinyml_conv_by_sums(tile, channels, outputs, NULL);
        return;
    }
    tinyml_columns_join(tile);
    tinyml_joined_channels(tile, channels);
    tinyml_clamp(second, channels, outputs);
    tinyml_clamp(first, channels, outputs);
}

#else

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

#endif

#if !defined(TINYML_HELIUM)
#define tinyml_conv_are_few(channels) 0
#define tinyml_conv_few(p, input, place, count, channels, tile, outputs) ((void)0)
#endif

/* `some` makes the outputs of so many channels. Two output elements at a time: both their columns are read before any of their channels is written. */
TINYML_INLINE void tinyml_conv_2d(const tinyml_conv_2d_params *p, const int8_t *input, const int8_t *filter,
                                  const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch,
                                  void (*some)(tinyml_tile *, int32_t, const tinyml_outputs *))
{
    tinyml_lane *const lanes = (tinyml_lane *)scratch;
    tinyml_tile tile;
    int32_t batch;
    const tinyml_outputs outputs = TINYML_OUTPUTS(*p);
    const int32_t channels = p->output_depth / (p->input_depth / p->filter_depth); /* that see the same filter_depth */
    const int32_t pixels = p->output_height * p->output_width;
    const int8_t is_few = (int8_t)(some == tinyml_conv_channels && tinyml_conv_are_few(channels));
    /* A column is one element of the input, and all are seen in order. */
    const int8_t is_pixel =
        (int8_t)(!is_few && p->filter_height == 1 && p->filter_width == 1 && pixels == p->input_height * p->input_width);
    tile.groups = ((int32_t)p->filter_height * p->filter_width * p->filter_depth + 3) >> 2; /* of 4 values of a column */
    tile.x = lanes;
    tile.end = lanes + tile.groups * TINYML_GROUP_LANES;
    tile.offset = p->output_offset;
    tile.sums = NULL;
    tinyml_conv_place_values(p, (int8_t)(is_pixel || is_few), &tile);
    for (batch = p->batches; batch > 0; batch--) {
        const int8_t *values = input;
        tinyml_conv_place place, next;
        int32_t left;
        tinyml_conv_row(p, 0, &place);
        next = place;
        for (left = pixels; left > 0; left -= 2) {
            const int32_t count = left > 1 ? 2 : 1;
            int32_t depth;
            tile.w = filter;
            tile.bias = bias;
            tile.scale = scale;
            tile.first = output;
            for (depth = 0; depth < p->input_depth; depth += p->filter_depth) {
                if (is_pixel) {
                    tinyml_conv_pixels(values + depth, p->filter_depth, p->input_depth, count, &tile);
                } else if (!is_few) {
                    next = place;
                    tinyml_conv_windows(p, input + depth, &next, count, &tile);
                }
                /* Outputs of a column that is not there lie where the first column's go, and are written before those. */
                tile.second = tile.first + (count - 1) * p->output_depth;
                if (is_few) {
                    tinyml_conv_few(p, input + depth, &place, count, channels, &tile, &outputs);
                } else {
                    some(&tile, channels, &outputs);
                }
            }
            if (is_few) {
                int32_t k;
                for (k = 0; k < count; k++) {
                    tinyml_conv_advance(p, &place);
                }
            } else {
                place = next;
            }
            values += 2 * p->input_depth;
            output += count * p->output_depth;
        }
        input += p->input_height * p->input_width * p->input_depth;
    }
}

#endif
