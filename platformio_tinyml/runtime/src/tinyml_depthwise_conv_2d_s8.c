#include "tinyml_kernels.h"
#include "tinyml_requantize.h"
#include "tinyml_window.h"

/* The taps of a window that lie inside the input: where the first one is, and how far it is to the next. */
typedef struct {
    const int8_t *input;
    const int8_t *filter;
    int32_t rows;
    int32_t columns; /* above 0 where rows is */
    int32_t input_step;
    int32_t filter_step;
    int32_t input_row; /* from a row of taps to the next */
    int32_t filter_row;
    int16_t offset;
} tinyml_depthwise_taps;

/* Adds to the sums of four channels the products with an input each, or, of depth multipliers, with the same one. */
TINYML_INLINE void tinyml_depthwise_add(const int8_t *in, const int8_t *w, int16_t offset, int8_t is_same, int32_t *a,
                                     int32_t *b, int32_t *c, int32_t *d)
{
#if defined(TINYML_DSP)
    const uint32_t weights = tinyml_load4(w), even = tinyml_even(weights), odd = tinyml_odd(weights);
    const uint32_t offsets = (uint32_t)(uint16_t)offset * UINT32_C(0x10001);
    const uint32_t inputs = is_same ? (uint32_t)(*in + offset) * UINT32_C(0x10000) + (uint16_t)(*in + offset) : tinyml_load4(in);
    const uint32_t x_even = is_same ? inputs : tinyml_even_plus(offsets, inputs);
    const uint32_t x_odd = is_same ? inputs : tinyml_odd_plus(offsets, inputs);
    *a += (int16_t)x_even * (int16_t)even;
    *c += (int16_t)(x_even >> 16) * (int16_t)(even >> 16);
    *b += (int16_t)x_odd * (int16_t)odd;
    *d += (int16_t)(x_odd >> 16) * (int16_t)(odd >> 16);
#else
    *a += (int32_t)(int16_t)(in[0] + offset) * tinyml_read_i8(w);
    *b += (int32_t)(int16_t)(in[is_same ? 0 : 1] + offset) * tinyml_read_i8(w + 1);
    *c += (int32_t)(int16_t)(in[is_same ? 0 : 2] + offset) * tinyml_read_i8(w + 2);
    *d += (int32_t)(int16_t)(in[is_same ? 0 : 3] + offset) * tinyml_read_i8(w + 3);
#endif
}

TINYML_INLINE void tinyml_depthwise_four(const tinyml_depthwise_taps *taps, int8_t is_same, int32_t sums[4])
{
    const int32_t input_step = taps->input_step, filter_step = taps->filter_step, columns = taps->columns;
    const int32_t input_row = taps->input_row, filter_row = taps->filter_row;
    const int16_t offset = taps->offset;
    const int8_t *in_row = taps->input, *w_row = taps->filter;
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    int32_t y, x;
    for (y = taps->rows; y > 0; y--) {
        const int8_t *in = in_row, *w = w_row;
        x = columns;
        do {
            tinyml_depthwise_add(in, w, offset, is_same, &a, &b, &c, &d);
            in += input_step;
            w += filter_step;
        } while (--x > 0);
        in_row += input_row;
        w_row += filter_row;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

/* The loops by themselves: among all else they would have too few registers. */
TINYML_OUTLINE void tinyml_depthwise_each(const tinyml_depthwise_taps *taps, int32_t sums[4])
{
    tinyml_depthwise_four(taps, 0, sums);
}

TINYML_OUTLINE void tinyml_depthwise_same(const tinyml_depthwise_taps *taps, int32_t sums[4])
{
    tinyml_depthwise_four(taps, 1, sums);
}

TINYML_OUTLINE int32_t tinyml_depthwise_one(const tinyml_depthwise_taps *taps, int32_t sum)
{
    const int8_t *in_row = taps->input, *w_row = taps->filter;
    int32_t y, x;
    for (y = taps->rows; y > 0; y--) {
        const int8_t *in = in_row, *w = w_row;
        for (x = taps->columns; x > 0; x--) {
            sum += (int32_t)(int16_t)(*in + taps->offset) * tinyml_read_i8(w);
            in += taps->input_step;
            w += taps->filter_step;
        }
        in_row += taps->input_row;
        w_row += taps->filter_row;
    }
    return sum;
}

TINYML_INLINE void tinyml_depthwise_outputs(const int32_t sums[4], const int32_t *scale, int32_t step,
                                            const tinyml_outputs *outputs, int8_t *output)
{
    int8_t k;
    if (outputs->is_quick) {
        output[0] = tinyml_requantize_at((uint32_t)sums[0], scale, outputs->offset);
        output[1] = tinyml_requantize_at((uint32_t)sums[1], scale + step, outputs->offset);
        output[2] = tinyml_requantize_at((uint32_t)sums[2], scale + 2 * step, outputs->offset);
        output[3] = tinyml_requantize_at((uint32_t)sums[3], scale + 3 * step, outputs->offset);
        return;
    }
    for (k = 0; k < 4; k++) {
        output[k] = tinyml_requantize_any((uint32_t)sums[k], scale, outputs);
        scale += step;
    }
}

/* Four channels of the output at a time where each has a channel of the input, or all four the same: their inputs are read
   before any of them is written. */
void tinyml_depthwise_conv_2d_s8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input,
                                 const int8_t *filter, const int32_t *bias, const int32_t *scale, int8_t *output)
{
    tinyml_depthwise_conv_2d_params p;
    tinyml_depthwise_taps taps;
    int32_t channels, blocks, batch, out_y, out_x, channel, copy;
    int32_t sums[4];
    TINYML_READ_PARAMS(p, params);
    const tinyml_outputs outputs = TINYML_OUTPUTS(p);
    const int32_t scale_step = p.per_channel ? 2 : 0;
    channels = p.input_depth * p.depth_multiplier;
    /* Outputs from here on are made one by one. */
    blocks = p.depth_multiplier == 1 ? channels & ~INT32_C(3) : p.depth_multiplier & 3 ? 0 : channels;
    taps.offset = p.input_offset;
    taps.input_step = p.dilation_width * p.input_depth;
    taps.filter_step = channels;
    taps.input_row = p.dilation_height * p.input_width * p.input_depth;
    taps.filter_row = p.filter_width * channels;
    for (batch = 0; batch < p.batches; batch++) {
        for (out_y = 0; out_y < p.output_height; out_y++) {
            const int32_t in_y = out_y * p.stride_height - p.pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p.input_height, p.filter_height, p.dilation_height);
            for (out_x = 0; out_x < p.output_width; out_x++) {
                const int32_t in_x = out_x * p.stride_width - p.pad_width;
                const tinyml_taps columns = tinyml_taps_inside(in_x, p.input_width, p.filter_width, p.dilation_width);
                const int32_t in_row = (in_y + rows.first * p.dilation_height) * p.input_width + in_x;
                const int32_t *scales = scale;
                int8_t *const pixel = output;
                taps.columns = columns.end - columns.first;
                taps.rows = taps.columns > 0 ? rows.end - rows.first : 0;
                taps.input = input + (in_row + columns.first * p.dilation_width) * p.input_depth;
                taps.filter = filter + (rows.first * p.filter_width + columns.first) * channels;
                copy = 0;
                for (channel = 0; channel < blocks; channel += 4) {
                    sums[0] = sums[1] = sums[2] = sums[3] = 0;
                    if (bias != NULL) {
                        sums[0] = tinyml_read_i32(bias + channel);
                        sums[1] = tinyml_read_i32(bias + channel + 1);
                        sums[2] = tinyml_read_i32(bias + channel + 2);
                        sums[3] = tinyml_read_i32(bias + channel + 3);
                    }
                    if (p.depth_multiplier == 1) {
                        tinyml_depthwise_each(&taps, sums);
                        taps.input += 4;
                    } else {
                        tinyml_depthwise_same(&taps, sums);
                        copy += 4;
                        if (copy == p.depth_multiplier) {
                            copy = 0;
                            taps.input++;
                        }
                    }
                    tinyml_depthwise_outputs(sums, scales, scale_step, &outputs, output);
                    scales += 4 * scale_step;
                    output += 4;
                    taps.filter += 4;
                }
                for (; channel < channels; channel++) {
                    const int32_t sum = tinyml_depthwise_one(&taps, bias == NULL ? 0 : tinyml_read_i32(bias + channel));
                    *output++ = tinyml_requantize_any((uint32_t)sum, scales, &outputs);
                    scales += scale_step;
                    taps.filter++;
                    if (++copy == p.depth_multiplier) {
                        copy = 0;
                        taps.input++;
                    }
                }
                if (blocks) {
                    tinyml_clamp(pixel, blocks, &outputs);
                }
            }
        }
        input += p.input_height * p.input_width * p.input_depth;
    }
}
