#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"
#include "tinyml_window.h"

void tinyml_conv_2d_hybrid_f32(const tinyml_conv_2d_f32_params *params, const float *input, const int8_t *filter,
                               const float *bias, const float *scale, float *output)
{
    tinyml_conv_2d_f32_params p;
    int32_t batch, out_y, out_x, channel, y, x, i;
    TINYML_READ_PARAMS(p, params);
    const float min = tinyml_float_of_bits(p.min_bits), max = tinyml_float_of_bits(p.max_bits);
    const int32_t share = p.output_depth / (p.input_depth / p.filter_depth); /* channels that see the same inputs */
    for (batch = 0; batch < p.batches; batch++) {
        for (out_y = 0; out_y < p.output_height; out_y++) {
            const int32_t in_y = out_y * p.stride_height - p.pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p.input_height, p.filter_height, p.dilation_height);
            for (out_x = 0; out_x < p.output_width; out_x++) {
                const int32_t in_x = out_x * p.stride_width - p.pad_width;
                const tinyml_taps columns = tinyml_taps_inside(in_x, p.input_width, p.filter_width, p.dilation_width);
                for (channel = 0; channel < p.output_depth; channel++) {
                    const float *group = input + channel / share * p.filter_depth;
                    const float step = tinyml_read_f32(scale + channel);
                    float sum = 0.0f;
                    for (y = rows.first; y < rows.end; y++) {
                        const int32_t row = (in_y + y * p.dilation_height) * p.input_width + in_x;
                        for (x = columns.first; x < columns.end; x++) {
                            const float *in = group + (row + x * p.dilation_width) * p.input_depth;
                            const int8_t *weight =
                                filter + ((channel * p.filter_height + y) * p.filter_width + x) * p.filter_depth;
                            for (i = 0; i < p.filter_depth; i++) {
                                sum += in[i] * ((float)tinyml_read_i8(weight + i) * step);
                            }
                        }
                    }
                    sum += bias == NULL ? 0.0f : tinyml_read_f32(bias + channel);
                    *output++ = tinyml_clamp_f32(sum, min, max);
                }
            }
        }
        input += p.input_height * p.input_width * p.input_depth;
    }
}
