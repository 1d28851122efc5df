/* What AVERAGE_POOL_2D and MAX_POOL_2D share: all windows, four channels at a time, which are read before the first of them is
   written; then the rest one by one. */
#ifndef TINYML_POOL_H
#define TINYML_POOL_H

#include "tinyml_core.h"
#include "tinyml_kernels.h"
#include "tinyml_window.h"

/* The elements of a window that lie inside the input. */
typedef struct {
    const int8_t *values;
    int32_t rows;
    int32_t columns;
    int32_t pitch; /* from a row to the next */
    int32_t depth;
} tinyml_pool_window;

/* Of one channel the sum, or the largest value. */
TINYML_INLINE int32_t tinyml_pool_one(const tinyml_pool_window *window, int8_t is_max)
{
    const int8_t *row = window->values;
    int32_t result = is_max ? -128 : 0;
    int32_t y, x;
    for (y = window->rows; y > 0; y--, row += window->pitch) {
        const int8_t *in = row;
        for (x = window->columns; x > 0; x--, in += window->depth) {
            result = !is_max ? result + *in : *in > result ? *in : result;
        }
    }
    return result;
}

/* Of four. */
TINYML_INLINE void tinyml_pool_four(const tinyml_pool_window *window, int8_t is_max, int32_t results[4])
{
    const int32_t first = is_max ? -128 : 0, depth = window->depth, pitch = window->pitch;
    const int8_t *row = window->values;
    int32_t a = first, b = first, c = first, d = first, y, x;
    for (y = window->rows; y > 0; y--, row += pitch) {
        const int8_t *in = row;
        for (x = window->columns; x > 0; x--, in += depth) {
            a = !is_max ? a + in[0] : in[0] > a ? in[0] : a;
            b = !is_max ? b + in[1] : in[1] > b ? in[1] : b;
            c = !is_max ? c + in[2] : in[2] > c ? in[2] : c;
            d = !is_max ? d + in[3] : in[3] > d ? in[3] : d;
        }
    }
    results[0] = a;
    results[1] = b;
    results[2] = c;
    results[3] = d;
}

TINYML_OUTLINE void tinyml_pool_average(const tinyml_pool_window *window, int32_t channels, int32_t *results)
{
    if (channels == 4) {
        tinyml_pool_four(window, 0, results);
    } else {
        results[0] = tinyml_pool_one(window, 0);
    }
}

/* What results are: sums, to be divided and rounded to the nearest, halves away from zero or up. */
enum { TINYML_POOL_MAX, TINYML_POOL_AVERAGE, TINYML_POOL_AVERAGE_UP };

/* `some` gives the results of so many channels, 4 or 1. */
TINYML_INLINE void tinyml_pool_2d(const tinyml_pool_2d_params *p, const int8_t *input, int8_t *output, int8_t kind,
                                  void (*some)(const tinyml_pool_window *, int32_t, int32_t *))
{
    const int32_t depth = p->depth;
    tinyml_pool_window window;
    int32_t batch, out_y, out_x;
    window.pitch = p->input_width * depth;
    window.depth = depth;
    for (batch = p->batches; batch > 0; batch--) {
        for (out_y = 0; out_y < p->output_height; out_y++) {
            const int32_t in_y = out_y * p->stride_height - p->pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p->input_height, p->filter_height, 1);
            for (out_x = 0; out_x < p->output_width; out_x++) {
                const int32_t in_x = out_x * p->stride_width - p->pad_width;
                const tinyml_taps columns = tinyml_taps_inside(in_x, p->input_width, p->filter_width, 1);
                int32_t left, count, k, results[4];
                window.rows = rows.end - rows.first;
                window.columns = columns.end - columns.first;
                window.values = input + ((in_y + rows.first) * p->input_width + in_x + columns.first) * depth;
                for (left = depth; left > 0; left -= count) {
                    count = left < 4 ? 1 : 4;
                    some(&window, count, results);
                    window.values += count;
                    for (k = 0; k < count; k++) {
                        int32_t value = results[k];
                        if (kind != TINYML_POOL_MAX) {
                            const int32_t elements = window.rows * window.columns;
                            const int32_t above = kind == TINYML_POOL_AVERAGE_UP ? 128 : 0;
                            value += above * elements;
                            value = (value > 0 ? value + elements / 2 : value - elements / 2) / elements - above;
                        }
                        value = value < p->activation_min ? p->activation_min : value;
                        *output++ = value > p->activation_max ? p->activation_max : (int8_t)value;
                    }
                }
            }
        }
        input += p->input_height * window.pitch;
    }
}

#endif
