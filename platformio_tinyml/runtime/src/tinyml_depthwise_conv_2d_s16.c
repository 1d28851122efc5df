#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_outputs_s16.h"
#include "tinyml_window.h"

/* The taps of a window that lie inside the input: how many, where the first ones are, and what lies between neighbours. */
typedef struct {
    const int16_t *values;
    const int8_t *weights;
    int32_t rows;
    int32_t columns;
    int32_t row_step; /* of the input, elements */
    int32_t step;
    int32_t weights_row; /* of the filter */
    int32_t depth;
} tinyml_taps_s16;

/* Sums of the products of four channels from `channel` on, modulo 2^32. */
TINYML_OUTLINE void tinyml_taps_of_four(const tinyml_taps_s16 *taps, int32_t channel, uint32_t *sums)
{
    const int32_t step = taps->step, depth = taps->depth;
    const int16_t *row = taps->values + channel;
    const int8_t *weights = taps->weights + channel;
    int32_t y, x;
#if defined(TINYML_HELIUM)
    int32x4_t all = vdupq_n_s32(0);
    for (y = taps->rows; y > 0; y--, row += taps->row_step, weights += taps->weights_row) {
        const int16_t *in = row;
        const int8_t *w = weights;
        for (x = taps->columns; x > 0; x--, in += step, w += depth) {
            all = vaddq_s32(all, vmulq_s32(vldrhq_s32(in), vldrbq_s32(w)));
        }
    }
    vstrwq_s32((int32_t *)sums, all);
#else
    uint32_t a = 0, b = 0, c = 0, d = 0;
    for (y = taps->rows; y > 0; y--, row += taps->row_step, weights += taps->weights_row) {
        const int16_t *in = row;
        const int8_t *w = weights;
        for (x = taps->columns; x > 0; x--, in += step, w += depth) {
            a += (uint32_t)((int32_t)in[0] * tinyml_read_i8(w));
            b += (uint32_t)((int32_t)in[1] * tinyml_read_i8(w + 1));
            c += (uint32_t)((int32_t)in[2] * tinyml_read_i8(w + 2));
            d += (uint32_t)((int32_t)in[3] * tinyml_read_i8(w + 3));
        }
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
#endif
}

TINYML_OUTLINE TINYML_SMALL void tinyml_taps_of_one(const tinyml_taps_s16 *taps, int32_t channel, uint32_t *sum)
{
    int32_t y, x;
    *sum = 0;
    for (y = 0; y < taps->rows; y++) {
        const int16_t *in = taps->values + channel + y * taps->row_step;
        const int8_t *w = taps->weights + channel + y * taps->weights_row;
        for (x = taps->columns; x > 0; x--, in += taps->step, w += taps->depth) {
            *sum += (uint32_t)((int32_t)*in * tinyml_read_i8(w));
        }
    }
}

/* Four channels are read before the first of them is written; then the rest one by one. */
TINYML_SMALL
void tinyml_depthwise_conv_2d_s16(const tinyml_conv_2d_s16_params *params, const int16_t *input, const int8_t *filter,
                                  const int32_t *bias, const int32_t *scale, int16_t *output)
{
    TINYML_PARAMS(tinyml_conv_2d_s16_params, p, params);
    const tinyml_outputs_s16 outputs = TINYML_OUTPUTS_S16(*p, bias, scale);
    const int32_t depth = p->input_depth, copies = p->output_depth / depth;
    const int32_t size = p->filter_height * (p->filter_width * depth);
    int32_t batch, out_y, out_x, copy, channel, count, k;
    tinyml_taps_s16 taps;
    taps.row_step = p->dilation_height * p->input_width * depth;
    taps.step = p->dilation_width * depth;
    taps.weights_row = p->filter_width * depth;
    taps.depth = depth;
    for (batch = p->batches; batch > 0; batch--, input += p->input_height * p->input_width * depth) {
        for (out_y = 0; out_y < p->output_height; out_y++) {
            const int32_t in_y = out_y * p->stride_height - p->pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p->input_height, p->filter_height, p->dilation_height);
            taps.rows = rows.end - rows.first;
            for (out_x = 0; out_x < p->output_width; out_x++, output += p->output_depth) {
                const int32_t in_x = out_x * p->stride_width - p->pad_width;
                const tinyml_taps columns = tinyml_taps_inside(in_x, p->input_width, p->filter_width, p->dilation_width);
                taps.columns = columns.end - columns.first;
                taps.values = input + ((in_y * p->input_width + in_x) * depth + rows.first * taps.row_step +
                                       columns.first * taps.step);
                taps.weights = filter + rows.first * taps.weights_row + columns.first * depth;
                for (copy = 0; copy < copies; copy++, taps.weights += size) {
                    for (channel = 0; channel < depth; channel += count) {
                        uint32_t sums[4];
                        count = depth - channel < 4 ? 1 : 4;
                        if (count == 4) {
                            tinyml_taps_of_four(&taps, channel, sums);
                        } else {
                            tinyml_taps_of_one(&taps, channel, sums);
                        }
                        for (k = 0; k < count; k++) {
                            output[(channel + k) * copies + copy] =
                                tinyml_output_of_sum(&outputs, copy * depth + channel + k, (int32_t)sums[k]);
                        }
                    }
                }
            }
        }
    }
}
