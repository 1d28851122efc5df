#include "tinyml_core.h"

#include <stddef.h>

#include "tinyml_dot.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"
#include "tinyml_window.h"

void tinyml_conv_2d_s8(const tinyml_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                       const int32_t *bias, const int32_t *multiplier, const int8_t *shift, int8_t *output)
{
    tinyml_conv_2d_params p;
    int32_t filter_row;  /* elements of a filter row */
    int32_t group_depth; /* output channels of a group */
    int32_t batch, out_y, out_x, channel, y, x;
    TINYML_READ_PARAMS(p, params);
    filter_row = p.filter_width * p.filter_depth;
    group_depth = p.output_depth / (p.input_depth / p.filter_depth);
    for (batch = 0; batch < p.batches; batch++) {
        for (out_y = 0; out_y < p.output_height; out_y++) {
            const int32_t in_y = out_y * p.stride_height - p.pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p.input_height, p.filter_height, p.dilation_height);
            for (out_x = 0; out_x < p.output_width; out_x++) {
                const int32_t in_x = out_x * p.stride_width - p.pad_width;
                const tinyml_taps columns = tinyml_taps_inside(in_x, p.input_width, p.filter_width, p.dilation_width);
                const int8_t *group = input;
                int32_t group_left = group_depth;
                for (channel = 0; channel < p.output_depth; channel++) {
                    const int32_t scale = p.per_channel ? channel : 0;
                    int32_t sum = bias == NULL ? 0 : tinyml_read_i32(bias + channel);
                    for (y = rows.first; y < rows.end; y++) {
                        const int32_t in_row = (in_y + y * p.dilation_height) * p.input_width + in_x;
                        const int8_t *filter_taps = filter + (channel * p.filter_height + y) * filter_row;
                        for (x = columns.first; x < columns.end; x++) {
                            sum += tinyml_dot(group + (in_row + x * p.dilation_width) * p.input_depth, p.input_offset,
                                              filter_taps + x * p.filter_depth, p.filter_depth);
                        }
                    }
                    sum = tinyml_rescale(sum, tinyml_read_i32(multiplier + scale), tinyml_read_i8(shift + scale));
                    *output++ = tinyml_output(sum, p.output_offset, p.activation_min, p.activation_max);
                    if (--group_left == 0) {
                        group += p.filter_depth;
                        group_left = group_depth;
                    }
                }
            }
        }
        input += p.input_height * p.input_width * p.input_depth;
    }
}
