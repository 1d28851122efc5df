#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_requantize.h"
#include "tinyml_spread.h"

/* Of one output element the sum of products: the inputs whose spread covers it, and the weights that bring them there. */
static int32_t tinyml_transpose_conv_sum(const tinyml_transpose_conv_params *p, const int8_t *input, const int8_t *filter,
                                         const tinyml_spread *rows, const tinyml_spread *columns)
{
    const int32_t depth = p->input_depth;
    int32_t sum = 0;
    int32_t y, x, i;
    for (y = rows->first; y < rows->end; y++) {
        const int32_t row = (rows->place - y * p->stride_height) * p->filter_width;
        for (x = columns->first; x < columns->end; x++) {
            const int8_t *in = input + (y * p->input_width + x) * depth;
            const int8_t *weight = filter + (row + columns->place - x * p->stride_width) * depth;
            for (i = 0; i < depth; i++) {
                sum += ((int32_t)in[i] + p->input_offset) * tinyml_read_i8(weight + i);
            }
        }
    }
    return sum;
}

void tinyml_transpose_conv_s8(const tinyml_transpose_conv_params *params, const int8_t *input, const int8_t *filter,
                              const int32_t *bias, const int32_t *scale, int8_t *output)
{
    tinyml_transpose_conv_params p;
    TINYML_READ_PARAMS(p, params);
    const tinyml_outputs outputs = TINYML_OUTPUTS(p);
    const int32_t weights = (int32_t)p.filter_height * p.filter_width * p.input_depth;
    TINYML_FOR_EACH_SPREAD(
        p, input, channel, rows, columns,
        int32_t sum = tinyml_transpose_conv_sum(&p, input, filter + channel * weights, &rows, &columns);
        sum += bias == NULL ? 0 : tinyml_read_i32(bias + channel);
        *output++ = tinyml_requantize_any((uint32_t)sum, scale + (p.per_channel ? 2 * channel : 0), &outputs);)
}
