#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"
#include "tinyml_spread.h"

static float tinyml_transpose_conv_sum_f32(const tinyml_transpose_conv_f32_params *p, const float *input, const float *filter,
                                       const tinyml_spread *rows, const tinyml_spread *columns)
{
    const int32_t depth = p->input_depth;
    float sum = 0.0f;
    int32_t y, x, i;
    for (y = rows->first; y < rows->end; y++) {
        const int32_t row = (rows->place - y * p->stride_height) * p->filter_width;
        for (x = columns->first; x < columns->end; x++) {
            const float *in = input + (y * p->input_width + x) * depth;
            const float *weight = filter + (row + columns->place - x * p->stride_width) * depth;
            for (i = 0; i < depth; i++) {
                sum += in[i] * tinyml_read_f32(weight + i);
            }
        }
    }
    return sum;
}

void tinyml_transpose_conv_f32(const tinyml_transpose_conv_f32_params *params, const float *input, const float *filter,
                               const float *bias, float *output)
{
    tinyml_transpose_conv_f32_params p;
    TINYML_READ_PARAMS(p, params);
    const float min = tinyml_float_of_bits(p.min_bits), max = tinyml_float_of_bits(p.max_bits);
    const int32_t weights = (int32_t)p.filter_height * p.filter_width * p.input_depth;
    TINYML_FOR_EACH_SPREAD(
        p, input, channel, rows, columns,
        float sum = tinyml_transpose_conv_sum_f32(&p, input, filter + channel * weights, &rows, &columns);
        sum += bias == NULL ? 0.0f : tinyml_read_f32(bias + channel);
        *output++ = tinyml_clamp_f32(sum, min, max);)
}
