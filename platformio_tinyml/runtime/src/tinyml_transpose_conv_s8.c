#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_requantize.h"
#include "tinyml_rows.h"
#include "tinyml_spread.h"

/* Channels that are too few for four at a time are summed one by one. */
#define TINYML_FEW 2

static uint32_t tinyml_transpose_conv_one(uint32_t sum, const int8_t *in, int32_t offset, const int8_t *weights, int32_t n)
{
#if defined(TINYML_DSP)
    const uint32_t more = tinyml_halves((int16_t)offset);
    for (; n >= 4; n -= 4, in += 4, weights += 4) {
        const uint32_t values = tinyml_load4(in), word = tinyml_load4(weights);
        sum = tinyml_add_products(tinyml_even_plus(more, values), tinyml_even(word), sum);
        sum = tinyml_add_products(tinyml_odd_plus(more, values), tinyml_odd(word), sum);
    }
#endif
    for (; n > 0; n--) {
        sum += (uint32_t)((*in++ + offset) * tinyml_read_i8(weights++));
    }
    return sum;
}

/* Adds the products of a tap to sum[0] to sum[3], or to as many of them as there are channels, whose weights lie `apart`. */
TINYML_OUTLINE void tinyml_transpose_conv_tap(uint32_t *sum, const tinyml_row *in, int32_t n, const int8_t *weights, int32_t apart,
                                              int32_t channels)
{
    const tinyml_row flash = {NULL, 1, 0, 1};
    const int8_t *const third = weights + 2 * apart;
    const int8_t *at[4];
    int32_t i;
    if (channels <= TINYML_FEW) {
        for (i = 0; i < channels; i++) {
            sum[i] = tinyml_transpose_conv_one(sum[i], in->at, in->offset, weights + i * apart, n);
        }
        return;
    }
    at[0] = weights;
    at[1] = weights + apart;
    at[2] = third;
    at[3] = channels > 3 ? third + apart : third;
#if defined(TINYML_DSP)
    {
        const int32_t whole = n & ~INT32_C(3);
        tinyml_row rest = *in;
        if (whole != 0) {
            tinyml_add_rows_by_words(sum, in, &flash, at, whole);
        }
        if (whole == n) {
            return;
        }
        for (i = 0; i < 4; i++) {
            at[i] += whole;
        }
        rest.at += whole;
        tinyml_add_rows(sum, &rest, &flash, at, n - whole);
    }
#else
    tinyml_add_rows(sum, in, &flash, at, n);
#endif
}

/* The same of all inputs whose spread covers an output element. */
static void tinyml_transpose_conv_sums(const tinyml_transpose_conv_params *p, uint32_t *sum, const int8_t *input,
                                       const int8_t *filter, int32_t apart, int32_t channels, const tinyml_spread *rows,
                                       const tinyml_spread *columns)
{
    const int32_t depth = p->input_depth, back = p->stride_width * depth;
    int32_t y, x;
    for (y = rows->first; y < rows->end; y++) {
        const int32_t row = (rows->place - y * p->stride_height) * p->filter_width;
        const int8_t *weights = filter + (row + columns->place - columns->first * p->stride_width) * depth;
        tinyml_row in = {input + (y * p->input_width + columns->first) * depth, 1, p->input_offset, 0};
        for (x = columns->first; x < columns->end; x++, weights -= back, in.at += depth) {
            tinyml_transpose_conv_tap(sum, &in, depth, weights, apart, channels);
        }
    }
}

/* All channels of an output element; where the next one goes. */
static int8_t *tinyml_transpose_conv_place(const tinyml_transpose_conv_params *p, const int8_t *input, const int8_t *filter,
                                           const int32_t *bias, const int32_t *scale, const tinyml_spread *rows,
                                           const tinyml_spread *columns, int8_t *output)
{
    const tinyml_outputs outputs = TINYML_OUTPUTS(*p);
    const int32_t weights = (int32_t)p->filter_height * p->filter_width * p->input_depth, step = p->per_channel ? 2 : 0;
    int32_t channel, i;
    for (channel = 0; channel < p->output_depth; channel += 4, filter += 4 * weights) {
        const int32_t count = p->output_depth - channel < 4 ? p->output_depth - channel : 4;
        uint32_t sum[4] = {0, 0, 0, 0};
        for (i = 0; bias != NULL && i < count; i++) {
            sum[i] = (uint32_t)tinyml_read_i32(bias + channel + i);
        }
        tinyml_transpose_conv_sums(p, sum, input, filter, weights, count, rows, columns);
        for (i = 0; i < count; i++, scale += step) {
            *output++ = p->is_quick ? tinyml_requantize_at(sum[i], scale, p->output_offset)
                                    : tinyml_requantize_any(sum[i], scale, &outputs);
        }
        tinyml_clamp(output - count, count, &outputs);
    }
    return output;
}

void tinyml_transpose_conv_s8(const tinyml_transpose_conv_params *params, const int8_t *input, const int8_t *filter,
                              const int32_t *bias, const int32_t *scale, int8_t *output)
{
    tinyml_transpose_conv_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_FOR_EACH_PLACE(
        p, input, rows, columns,
        output = tinyml_transpose_conv_place(&p, input, filter, bias, scale, &rows, &columns, output);)
}
