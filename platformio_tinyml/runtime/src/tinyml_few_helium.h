/* CONV_2D and TRANSPOSE_CONV of 1 to 3 channels on Helium, which multiply windows as they lie in the input: so few channels are less
   work than columns are to copy. tinyml_conv_2d.h includes this. */
#ifndef TINYML_FEW_HELIUM_H
#define TINYML_FEW_HELIUM_H

TINYML_INLINE int8_t tinyml_conv_are_few(int32_t channels)
{
    return (int8_t)(channels < 4);
}

/* What two windows see: of each so many rows as they lie in memory. */
typedef struct {
    tinyml_rows first;
    int32_t apart; /* bytes from the first window's values to the second's */
} tinyml_few_windows;

/* The first and the second window's sums of a pair of channels, which lie interleaved. Rows have whole groups of 4 values, or there is
   one. Returns where the next weights are. */
TINYML_OUTLINE const int8_t *tinyml_few_pair(const tinyml_few_windows *windows, const int8_t *w, const int32_t *bias, uint32_t *first_sums,
                                             uint32_t *second_sums)
{
    const uint32x4_t offsets = tinyml_offsets(8);
    const int32_t rest = ((windows->first.n - 1) & 15) + 1, apart = windows->apart;
    const mve_pred16_t bytes = vctp8q((uint32_t)rest), words = vctp32q(((uint32_t)rest + 3) >> 2);
    const int8_t *row = windows->first.values;
    int32_t a = bias[0], b = a, c = bias[1], d = c, rows, n;
    for (rows = windows->first.rows; rows > 0; rows--, row += windows->first.pitch) {
        const int8_t *x = row, *y = row + apart;
        int8x16_t first, second, one, two;
        for (n = windows->first.n - rest; n > 0; n -= 16, x += 16, y += 16, w += 32) {
            const int32x4x2_t weights = vld2q_s32(tinyml_words_at(w));
            first = vldrbq_s8(x);
            second = vldrbq_s8(y);
            a = vmladavaq_s8(a, first, vreinterpretq_s8_s32(weights.val[0]));
            b = vmladavaq_s8(b, second, vreinterpretq_s8_s32(weights.val[0]));
            c = vmladavaq_s8(c, first, vreinterpretq_s8_s32(weights.val[1]));
            d = vmladavaq_s8(d, second, vreinterpretq_s8_s32(weights.val[1]));
        }
        first = vldrbq_z_s8(x, bytes);
        second = vldrbq_z_s8(y, bytes);
        one = vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(tinyml_words_at(w), offsets, words));
        two = vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(tinyml_words_at(w) + 1, offsets, words));
        a = vmladavaq_s8(a, first, one);
        b = vmladavaq_s8(b, second, one);
        c = vmladavaq_s8(c, first, two);
        d = vmladavaq_s8(d, second, two);
        w += 8 * ((rest + 3) >> 2);
    }
    first_sums[0] = (uint32_t)a;
    first_sums[1] = (uint32_t)c;
    second_sums[0] = (uint32_t)b;
    second_sums[1] = (uint32_t)d;
    return w;
}

/* The same of a channel by itself; rows of any length. */
TINYML_OUTLINE void tinyml_few_one(const tinyml_few_windows *windows, const int8_t *w, const int32_t *bias, uint32_t *first_sum,
                                   uint32_t *second_sum)
{
    const int32_t rest = ((windows->first.n - 1) & 15) + 1, apart = windows->apart;
    const mve_pred16_t bytes = vctp8q((uint32_t)rest);
    const int8_t *row = windows->first.values;
    int32_t a = bias[0], b = a, rows, n;
    for (rows = windows->first.rows; rows > 0; rows--, row += windows->first.pitch, w += rest) {
        const int8_t *x = row, *y = row + apart;
        int8x16_t weights;
        for (n = windows->first.n - rest; n > 0; n -= 16, x += 16, y += 16, w += 16) {
            weights = vldrbq_s8(w);
            a = vmladavaq_s8(a, vldrbq_s8(x), weights);
            b = vmladavaq_s8(b, vldrbq_s8(y), weights);
        }
        weights = vldrbq_z_s8(w, bytes);
        a = vmladavaq_s8(a, vldrbq_z_s8(x, bytes), weights);
        b = vmladavaq_s8(b, vldrbq_z_s8(y, bytes), weights);
    }
    *first_sum = (uint32_t)a;
    *second_sum = (uint32_t)b;
}

/* Copies what the window at `place` sees to `to`, as one row; padding as the zero point. */
TINYML_OUTLINE void tinyml_few_copy(const tinyml_conv_2d_params *p, const int8_t *input, const tinyml_conv_place *place, int8_t *to)
{
    const int32_t depth = p->filter_depth, row = p->filter_width * depth, size = p->filter_height * row;
    const int32_t in_y = place->y * p->stride_height - p->pad_height, in_x = place->x * p->stride_width - p->pad_width;
    const int32_t step = p->dilation_width * p->input_depth;
    tinyml_taps columns = {0, p->filter_width};
    tinyml_rows from;
    int32_t pieces;
    if (in_x < 0 || in_x + (p->filter_width - 1) * p->dilation_width >= p->input_width) {
        columns = tinyml_taps_inside(in_x, p->input_width, p->filter_width, p->dilation_width);
    }
    pieces = columns.end - columns.first;
    from.pitch = p->dilation_height * p->input_width * p->input_depth;
    from.rows = place->rows.end - place->rows.first;
    from.n = depth;
    from.values = input + ((in_y * p->input_width + in_x) * p->input_depth + place->rows.first * from.pitch + columns.first * step);
    if (pieces < p->filter_width || from.rows < p->filter_height) {
        tinyml_fill_bytes(to, (int8_t)-p->input_offset, size);
    }
    if (step == depth && pieces > 0) {
        from.n *= pieces;
        pieces = 1;
    }
    for (to += place->rows.first * row + columns.first * depth; pieces > 0; pieces--, from.values += step, to += depth) {
        tinyml_copy_rows(&from, to, row);
    }
}

/* One or two elements from `place` on, and all channels that see them: the outputs. */
TINYML_OUTLINE void tinyml_conv_few(const tinyml_conv_2d_params *p, const int8_t *input, const tinyml_conv_place *place, int32_t count,
                                    int32_t channels, tinyml_tile *tile, const tinyml_outputs *outputs)
{
    const int32_t row = p->filter_width * p->filter_depth, step = p->stride_width * p->input_depth, x = place->x - place->first;
    const int8_t *w = tile->w;
    uint32_t first[4] = {0, 0, 0, 0}, second[4] = {0, 0, 0, 0};
    tinyml_few_windows windows;
    if (x >= 0 && x + count <= place->inside && (p->filter_width == 1 || p->dilation_width * p->input_depth == p->filter_depth) &&
        (p->filter_height == 1 || channels == 1 || (row & 3) == 0)) {
        windows.first.values = input + place->base + place->x * step;
        windows.first.pitch = p->dilation_height * p->input_width * p->input_depth;
        windows.first.n = row;
        windows.first.rows = p->filter_height;
        windows.apart = step;
    } else {
        int8_t *to = (int8_t *)(uintptr_t)tile->x;
        tinyml_conv_place at = *place;
        int32_t k;
        windows.first.values = to;
        windows.first.pitch = 0;
        windows.first.n = p->filter_height * row;
        windows.first.rows = 1;
        windows.apart = 4 * tile->groups;
        for (k = 0; k < count; k++, to += windows.apart) {
            tinyml_few_copy(p, input, &at, to);
            tinyml_conv_advance(p, &at);
        }
    }
    if (count == 1) {
        windows.apart = 0;
    }
    if (channels > 1) {
        w = tinyml_few_pair(&windows, w, tile->bias, first, second);
    }
    if (channels & 1) {
        tinyml_few_one(&windows, w, tile->bias + channels - 1, first + channels - 1, second + channels - 1);
    }
    tinyml_columns_outputs(tile, channels, first, second, outputs);
    tile->w += 4 * tile->groups * channels;
    tile->bias += channels;
}

#endif
