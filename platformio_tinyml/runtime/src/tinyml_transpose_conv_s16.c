#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_outputs_s16.h"
#include "tinyml_spread.h"

/* Values whose products with any weights add up to less than 2^31. */
#define TINYML_VALUES_OF_A_WORD 256

static int64_t tinyml_products_s16(const int16_t *x, const int8_t *w, int32_t n)
{
    int64_t total = 0;
    while (n > 0) {
        const int32_t end = n > TINYML_VALUES_OF_A_WORD ? n - TINYML_VALUES_OF_A_WORD : 0;
        int32_t sum = 0;
        for (; n > end; n--) {
            sum += (int32_t)*x++ * tinyml_read_i8(w++);
        }
        total += sum;
    }
    return total;
}

/* Of one output element the sum of products: the inputs whose spread covers it, and the weights that bring them there. */
static int64_t tinyml_transpose_conv_sum_s16(const tinyml_transpose_conv_s16_params *p, const int16_t *input, const int8_t *filter,
                                             const tinyml_spread *rows, const tinyml_spread *columns)
{
    const int32_t depth = p->input_depth;
    int64_t sum = 0;
    int32_t y, x;
    for (y = rows->first; y < rows->end; y++) {
        const int32_t row = (rows->place - y * p->stride_height) * p->filter_width;
        for (x = columns->first; x < columns->end; x++) {
            const int8_t *weights = filter + (row + columns->place - x * p->stride_width) * depth;
            sum += tinyml_products_s16(input + (y * p->input_width + x) * depth, weights, depth);
        }
    }
    return sum;
}

void tinyml_transpose_conv_s16(const tinyml_transpose_conv_s16_params *params, const int16_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *scale, int16_t *output)
{
    tinyml_transpose_conv_s16_params p;
    TINYML_READ_PARAMS(p, params);
    const tinyml_outputs_s16 outputs = TINYML_OUTPUTS_S16(p, bias, scale);
    const int32_t weights = (int32_t)p.filter_height * p.filter_width * p.input_depth;
    TINYML_FOR_EACH_SPREAD(
        p, input, channel, rows, columns,
        *output++ = tinyml_output_of_sum(
            &outputs, channel,
            tinyml_transpose_conv_sum_s16(&p, input, filter + channel * weights, &rows, &columns));)
}
