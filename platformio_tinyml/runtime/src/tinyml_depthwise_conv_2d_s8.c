#include "tinyml_core.h"

#include <stddef.h>

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"
#include "tinyml_window.h"

void tinyml_depthwise_conv_2d_s8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input,
                                 const int8_t *filter, const int32_t *bias, const int32_t *multiplier,
                                 const int8_t *shift, int8_t *output)
{
    tinyml_depthwise_conv_2d_params p;
    int32_t output_depth;
    int32_t batch, out_y, out_x, in_channel, copy, y, x;
    TINYML_READ_PARAMS(p, params);
    output_depth = p.input_depth * p.depth_multiplier;
    for (batch = 0; batch < p.batches; batch++) {
        for (out_y = 0; out_y < p.output_height; out_y++) {
            const int32_t in_y = out_y * p.stride_height - p.pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p.input_height, p.filter_height, p.dilation_height);
            for (out_x = 0; out_x < p.output_width; out_x++) {
                const int32_t in_x = out_x * p.stride_width - p.pad_width;
                const tinyml_taps columns = tinyml_taps_inside(in_x, p.input_width, p.filter_width, p.dilation_width);
                int32_t channel = 0; /* of the output */
                for (in_channel = 0; in_channel < p.input_depth; in_channel++) {
                    for (copy = 0; copy < p.depth_multiplier; copy++, channel++) {
                        const int32_t scale = p.per_channel ? channel : 0;
                        int32_t sum = bias == NULL ? 0 : tinyml_read_i32(bias + channel);
                        for (y = rows.first; y < rows.end; y++) {
                            const int32_t in_row = (in_y + y * p.dilation_height) * p.input_width + in_x;
                            const int32_t in_start = in_row + columns.first * p.dilation_width;
                            const int32_t filter_start = y * p.filter_width + columns.first;
                            const int8_t *in = input + in_start * p.input_depth + in_channel;
                            const int8_t *weight = filter + filter_start * output_depth + channel;
                            for (x = columns.first; x < columns.end; x++) {
                                const int16_t value = (int16_t)(*in + p.input_offset);
                                sum += (int32_t)value * tinyml_read_i8(weight);
                                in += p.dilation_width * p.input_depth;
                                weight += output_depth;
                            }
                        }
                        sum = tinyml_rescale(sum, tinyml_read_i32(multiplier + scale), tinyml_read_i8(shift + scale));
                        *output++ = tinyml_output(sum, p.output_offset, p.activation_min, p.activation_max);
                    }
                }
            }
        }
        input += p.input_height * p.input_width * p.input_depth;
    }
}
