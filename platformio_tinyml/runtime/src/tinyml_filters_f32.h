/* Filters on floats: the loops of each operator once, for weights of float32 and for those of hybrid models. */
#ifndef TINYML_FILTERS_F32_H
#define TINYML_FILTERS_F32_H

#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"
#include "tinyml_window.h"

/* A filter in flash: `floats`, or where is_hybrid is 1, `bytes` times the scale of their output channel. */
typedef struct {
    const float *floats;
    const int8_t *bytes;
    const float *scale;
    int8_t is_hybrid;
} tinyml_filter_f32;

/* What the weights of a channel are multiplied by. */
TINYML_INLINE float tinyml_step_of(const tinyml_filter_f32 *filter, int32_t channel)
{
    return filter->is_hybrid ? tinyml_read_f32(filter->scale + channel) : 1.0f;
}

TINYML_INLINE float tinyml_weight_of(const tinyml_filter_f32 *filter, int32_t i, float step)
{
    return filter->is_hybrid ? (float)tinyml_read_i8(filter->bytes + i) * step : tinyml_read_f32(filter->floats + i);
}

/* The filter from weight n on. */
TINYML_INLINE tinyml_filter_f32 tinyml_filter_from(const tinyml_filter_f32 *filter, int32_t n)
{
    tinyml_filter_f32 rest = *filter;
    if (rest.is_hybrid) {
        rest.bytes += n;
    } else {
        rest.floats += n;
    }
    return rest;
}

TINYML_INLINE void tinyml_fully_connected_of(const tinyml_fully_connected_f32_params *params, const float *input,
                                             const tinyml_filter_f32 *filter, const float *bias, float *output)
{
    tinyml_fully_connected_f32_params p;
    int32_t batch, channel, i;
    TINYML_READ_PARAMS(p, params);
    const float min = tinyml_float_of_bits(p.min_bits), max = tinyml_float_of_bits(p.max_bits);
    for (batch = 0; batch < p.batches; batch++, input += p.input_depth) {
        tinyml_filter_f32 weight = *filter;
        for (channel = 0; channel < p.output_depth; channel++) {
            const float step = tinyml_step_of(filter, channel);
            float sum = 0.0f;
            for (i = 0; i < p.input_depth; i++) {
                sum += input[i] * tinyml_weight_of(&weight, 0, step);
                weight = tinyml_filter_from(&weight, 1);
            }
            sum += bias == NULL ? 0.0f : tinyml_read_f32(bias + channel);
            *output++ = tinyml_clamp_f32(sum, min, max);
        }
    }
}

/* CONV_2D, and where is_depthwise is 1, DEPTHWISE_CONV_2D. */
TINYML_INLINE void tinyml_conv_2d_of(const tinyml_conv_2d_f32_params *params, const float *input, const tinyml_filter_f32 *filter,
                                     const float *bias, float *output, int8_t is_depthwise)
{
    tinyml_conv_2d_f32_params p;
    int32_t batch, out_y, out_x, channel, y, x, i;
    TINYML_READ_PARAMS(p, params);
    const float min = tinyml_float_of_bits(p.min_bits), max = tinyml_float_of_bits(p.max_bits);
    const int32_t depth = is_depthwise ? 1 : p.filter_depth;
    const int32_t share = p.output_depth / (p.input_depth / depth); /* channels that see the same inputs */
    for (batch = 0; batch < p.batches; batch++) {
        for (out_y = 0; out_y < p.output_height; out_y++) {
            const int32_t in_y = out_y * p.stride_height - p.pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p.input_height, p.filter_height, p.dilation_height);
            for (out_x = 0; out_x < p.output_width; out_x++) {
                const int32_t in_x = out_x * p.stride_width - p.pad_width;
                const tinyml_taps columns = tinyml_taps_inside(in_x, p.input_width, p.filter_width, p.dilation_width);
                for (channel = 0; channel < p.output_depth; channel++) {
                    const float *group = input + channel / share * depth;
                    const float step = tinyml_step_of(filter, channel);
                    float sum = 0.0f;
                    for (y = rows.first; y < rows.end; y++) {
                        const int32_t row = (in_y + y * p.dilation_height) * p.input_width + in_x;
                        for (x = columns.first; x < columns.end; x++) {
                            const float *in = group + (row + x * p.dilation_width) * p.input_depth;
                            const int32_t tap = is_depthwise
                                ? (y * p.filter_width + x) * p.output_depth + channel
                                : ((channel * p.filter_height + y) * p.filter_width + x) * depth;
                            const tinyml_filter_f32 weights = tinyml_filter_from(filter, tap);
                            for (i = 0; i < depth; i++) {
                                sum += in[i] * tinyml_weight_of(&weights, i, step);
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

#endif
