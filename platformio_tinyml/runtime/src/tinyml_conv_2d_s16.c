#include "tinyml_core.h"

#include "tinyml_channels_s16.h"
#include "tinyml_kernels.h"
#include "tinyml_window.h"

/* What the window of output (out_y, out_x) sees of the filter_depth channels at `input`, padding as 0. */
TINYML_OUTLINE TINYML_SMALL void tinyml_conv_column_s16(const tinyml_conv_2d_s16_params *p, const int16_t *input, int32_t out_y,
                                                        int32_t out_x, int16_t *column)
{
    const int32_t depth = p->filter_depth, step = p->dilation_width * p->input_depth;
    const int32_t in_y = out_y * p->stride_height - p->pad_height, in_x = out_x * p->stride_width - p->pad_width;
    const tinyml_taps rows = tinyml_taps_inside(in_y, p->input_height, p->filter_height, p->dilation_height);
    const tinyml_taps columns = tinyml_taps_inside(in_x, p->input_width, p->filter_width, p->dilation_width);
    int32_t y, i;
    if (rows.end - rows.first < p->filter_height || columns.end - columns.first < p->filter_width) {
        for (i = p->filter_height * (p->filter_width * depth) - 1; i >= 0; i--) {
            column[i] = 0;
        }
    }
    for (y = rows.first; y < rows.end; y++) {
        const int32_t row = (in_y + y * p->dilation_height) * p->input_width + in_x;
        int32_t pieces = columns.end - columns.first, n = depth;
        const int16_t *from = input + (row + columns.first * p->dilation_width) * p->input_depth;
        int16_t *to = column + (y * p->filter_width + columns.first) * depth;
        if (step == depth && pieces > 0) {
            n *= pieces;
            pieces = 1;
        }
        for (; pieces > 0; pieces--, from += step, to += n) {
            tinyml_copy_bytes((int8_t *)(void *)to, (const int8_t *)(const void *)from, 2 * n);
        }
    }
}

TINYML_SMALL
void tinyml_conv_2d_s16(const tinyml_conv_2d_s16_params *params, const int16_t *input, const int8_t *filter,
                        const int32_t *bias, const int32_t *scale, int16_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_conv_2d_s16_params, p, params);
    const tinyml_outputs_s16 outputs = TINYML_OUTPUTS_S16(*p, bias, scale);
    const int32_t share = p->output_depth / (p->input_depth / p->filter_depth); /* channels that see the same filter_depth */
    const int32_t size = p->filter_height * (p->filter_width * p->filter_depth);
    int16_t *const column = (int16_t *)scratch;
    int32_t batch, y, x;
    for (batch = p->batches; batch > 0; batch--, input += p->input_height * p->input_width * p->input_depth) {
        for (y = 0; y < p->output_height; y++) {
            for (x = 0; x < p->output_width; x++) {
                const int8_t *w = filter;
                int32_t channel = 0, depth;
                for (depth = 0; depth < p->input_depth; depth += p->filter_depth, channel += share, output += share) {
                    tinyml_row_s16 row;
                    tinyml_conv_column_s16(p, input + depth, y, x, column);
                    row = tinyml_row_of(column, size);
                    w = tinyml_channels_s16(&row, w, &outputs, channel, channel + share, output);
                }
            }
        }
    }
}
