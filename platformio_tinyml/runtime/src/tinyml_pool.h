/* What AVERAGE_POOL_2D and MAX_POOL_2D share: all windows, four channels at a time, which are read before the first of them is
   written; then the rest. Elements have `width` bytes, 1 or 2, which is a constant wherever it is asked for. */
#ifndef TINYML_POOL_H
#define TINYML_POOL_H

#include "tinyml_core.h"

#include "tinyml_extreme.h"
#include "tinyml_kernels.h"
#include "tinyml_requantize.h"
#include "tinyml_window.h"

/* The elements of a window that lie inside the input. */
typedef struct {
    const int8_t *values;
    int32_t rows;
    int32_t columns;
    int32_t pitch; /* bytes from a row to the next */
    int32_t depth; /* bytes from an element to the next */
#if !defined(TINYML_LONG)
    int32_t elements; /* of the last window, 0 before the first */
    int32_t part;     /* of 2^24 for each of them */
#endif
} tinyml_pool_window;

TINYML_INLINE int32_t tinyml_pool_read(const int8_t *values, int32_t channel, int8_t width)
{
    return width == 1 ? values[channel] : ((const int16_t *)(const void *)values)[channel];
}

/* What is less than no value. */
TINYML_INLINE int32_t tinyml_pool_start(int8_t is_max, int8_t width)
{
    return !is_max ? 0 : width == 1 ? -128 : -32768;
}

TINYML_INLINE int32_t tinyml_pool_take(int32_t result, int32_t value, int8_t is_max)
{
    return !is_max ? result + value : value > result ? value : result;
}

/* Of one channel the sum, or the largest value. */
TINYML_INLINE int32_t tinyml_pool_one(const tinyml_pool_window *window, int8_t is_max, int8_t width)
{
    const int8_t *row = window->values;
    int32_t result = tinyml_pool_start(is_max, width);
    int32_t y, x;
    for (y = window->rows; y > 0; y--, row += window->pitch) {
        const int8_t *in = row;
        for (x = window->columns; x > 0; x--, in += window->depth) {
            result = tinyml_pool_take(result, tinyml_pool_read(in, 0, width), is_max);
        }
    }
    return result;
}

/* Of four, or of two or three, then of the last one again. */
TINYML_INLINE void tinyml_pool_four(const tinyml_pool_window *window, int32_t channels, int8_t is_max, int8_t width,
                                    int32_t results[4])
{
    const int32_t third = channels > 2 ? 2 : 1, fourth = channels > 3 ? 3 : third;
    const int32_t first = tinyml_pool_start(is_max, width), depth = window->depth, pitch = window->pitch;
    const int8_t *row = window->values;
    int32_t a = first, b = first, c = first, d = first, y, x;
    for (y = window->rows; y > 0; y--, row += pitch) {
        const int8_t *in = row;
        for (x = window->columns; x > 0; x--, in += depth) {
            a = tinyml_pool_take(a, tinyml_pool_read(in, 0, width), is_max);
            b = tinyml_pool_take(b, tinyml_pool_read(in, 1, width), is_max);
            c = tinyml_pool_take(c, tinyml_pool_read(in, third, width), is_max);
            d = tinyml_pool_take(d, tinyml_pool_read(in, fourth, width), is_max);
        }
    }
    results[0] = a;
    results[1] = b;
    results[2] = c;
    results[3] = d;
}

/* Of four int8 channels, which can be taken as words, the largest values. */
TINYML_INLINE uint32_t tinyml_pool_word(const tinyml_pool_window *window)
{
    const int32_t depth = window->depth, pitch = window->pitch, columns = window->columns;
    const int8_t *row = window->values;
    uint32_t most = UINT32_C(0x80808080);
    int32_t y, x;
    for (y = window->rows; y > 0; y--, row += pitch) {
        const int8_t *in = row;
        for (x = columns; x > 0; x--, in += depth) {
            most = tinyml_extreme_4(most, tinyml_load4(in), 1);
        }
    }
    return most;
}

/* What results are: sums, to be divided and rounded to the nearest, halves away from zero or up. */
enum { TINYML_POOL_MAX, TINYML_POOL_AVERAGE, TINYML_POOL_AVERAGE_UP };

#if defined(TINYML_HELIUM)

/* Of up to 16 int8 channels the largest values. */
TINYML_INLINE void tinyml_pool_most(const tinyml_pool_window *window, mve_pred16_t some, int8_t *output)
{
    const int32_t depth = window->depth, pitch = window->pitch, columns = window->columns;
    const int8_t *row = window->values;
    int8x16_t most = vdupq_n_s8(-128);
    int32_t y, x;
    for (y = window->rows; y > 0; y--, row += pitch) {
        const int8_t *in = row;
        for (x = columns; x > 0; x--, in += depth) {
            most = vmaxq_s8(most, vldrbq_z_s8(in, some));
        }
    }
    vstrbq_p_s8(output, most, some);
}

/* A sum of so many elements fits 16 bits. */
enum { TINYML_POOL_FEW = 255 };

/* Averages of sums of so many elements, halves away from zero: a quotient is a product with a part of 2^31 that is rounded up, exact
   as no sum times the elements reaches 2^31. */
TINYML_INLINE int32x4_t tinyml_pool_quotients(int32x4_t sums, int32_t elements, int32_t above)
{
    const int32x4_t part = vdupq_n_s32(INT32_MAX / elements + 1), all = vaddq_n_s32(sums, above * elements);
    const int32x4_t signs = vshrq_n_s32(all, 31), quotients = vqdmulhq_s32(vaddq_n_s32(vabsq_s32(all), elements / 2), part);
    return vaddq_n_s32(vsubq_s32(veorq_s32(quotients, signs), signs), -above);
}

/* Of up to 8 int8 channels the averages, of values that count from `above` below 0. */
TINYML_INLINE void tinyml_pool_average(const tinyml_pool_window *window, mve_pred16_t some, int32_t elements, int32_t above,
                                       int8_t *output)
{
    const int32_t depth = window->depth, pitch = window->pitch, columns = window->columns;
    const int8_t *row = window->values;
    int16x8_t sums = vdupq_n_s16(0);
    int32x4_t even, odd;
    int32_t y, x;
    for (y = window->rows; y > 0; y--, row += pitch) {
        const int8_t *in = row;
        for (x = columns; x > 0; x--, in += depth) {
            sums = vaddq_s16(sums, vldrbq_z_s16(in, some));
        }
    }
    even = tinyml_pool_quotients(vmovlbq_s16(sums), elements, above);
    odd = tinyml_pool_quotients(vmovltq_s16(sums), elements, above);
    vstrbq_p_s16(output, vmovntq_s32(vreinterpretq_s16_s32(even), odd), some);
}

#endif

#if defined(TINYML_LONG)

TINYML_INLINE int32_t tinyml_pool_quotient(tinyml_pool_window *window TINYML_UNUSED, int32_t sum, int32_t elements, int8_t width TINYML_UNUSED)
{
    return (sum > 0 ? sum + elements / 2 : sum - elements / 2) / elements;
}

#else

/* A division is a function there. Of up to 256 elements of int8 an average is a product with a part of 2^24 that is rounded up: exact,
   as no sum and its half (255.5 times the elements at most) times the elements reaches 2^24, and no product 2^32. */
TINYML_OUTLINE int32_t tinyml_pool_quotient(tinyml_pool_window *window, int32_t sum, int32_t elements, int8_t width)
{
    const int32_t all = (sum < 0 ? -sum : sum) + elements / 2;
    int32_t quotient;
    if (width != 1 || elements > 256) {
        quotient = all / elements;
    } else {
        if (window->elements != elements) {
            window->elements = elements;
            window->part = (INT32_C(0xffffff) + elements) / elements;
        }
        quotient = (int32_t)((uint32_t)all * (uint32_t)window->part >> 24);
    }
    return sum < 0 ? -quotient : quotient;
}

#endif

/* Outputs of all channels of a window, whose values move on; where the next go. */
TINYML_INLINE int8_t *tinyml_pool_channels(const tinyml_pool_2d_params *p, tinyml_pool_window *window, int8_t *output, int8_t kind,
                                           int8_t width)
{
    const int32_t min = p->activation_min, max = p->activation_max, elements = window->rows * window->columns;
    const int32_t above = kind == TINYML_POOL_AVERAGE_UP ? 128 : 0;
    const int8_t is_max = kind == TINYML_POOL_MAX;
    const int8_t are_words =
        is_max && width == 1 && tinyml_are_words((uintptr_t)output | (uintptr_t)window->values | (uintptr_t)window->depth);
    int8_t *const first = output;
    int32_t left, count, k, results[4];
    for (left = p->depth; left > 0; left -= count) {
        count = left < 4 ? left : 4;
#if defined(TINYML_HELIUM)
        if (width == 1 && (is_max || (elements > 1 && elements <= TINYML_POOL_FEW))) {
            if (is_max) {
                count = left < 16 ? left : 16;
                tinyml_pool_most(window, vctp8q((uint32_t)left), output);
            } else {
                count = left < 8 ? left : 8;
                tinyml_pool_average(window, vctp16q((uint32_t)left), elements, above, output);
            }
            window->values += count;
            output += count;
            continue;
        }
#endif
        if (are_words && count == 4) {
            tinyml_store4(output, tinyml_pool_word(window));
            window->values += 4;
            output += 4;
            continue;
        }
        if (count > 1) {
            tinyml_pool_four(window, count, is_max, width, results);
        } else {
            results[0] = tinyml_pool_one(window, is_max, width);
        }
        window->values += count * width;
        for (k = 0; k < count; k++) {
            int32_t value = results[k];
            if (!is_max) {
                value += above * elements;
                value = tinyml_pool_quotient(window, value, elements, width) - above;
            }
            if (width == 1) {
                *output = (int8_t)value;
            } else {
                value = value < min ? min : value;
                value = value > max ? max : value;
                *(int16_t *)(void *)output = (int16_t)value;
            }
            output += width;
        }
    }
    if (width == 1) {
        const tinyml_outputs outputs = {0, (int8_t)min, (int8_t)max, 1};
        tinyml_clamp(first, p->depth, &outputs);
    }
    return output;
}

/* All windows: `all` is tinyml_pool_channels of a kernel's kind and width. */
TINYML_INLINE void tinyml_pool_2d(const tinyml_pool_2d_params *p, const void *from, void *to, int8_t width,
                                  int8_t *(*all)(const tinyml_pool_2d_params *, tinyml_pool_window *, int8_t *))
{
    const int32_t depth = p->depth * width;
    const int8_t *input = (const int8_t *)from;
    int8_t *output = (int8_t *)to;
    tinyml_pool_window window;
    int32_t batch, out_y, out_x;
    window.pitch = p->input_width * depth;
    window.depth = depth;
#if !defined(TINYML_LONG)
    window.elements = 0;
#endif
    for (batch = p->batches; batch > 0; batch--) {
        for (out_y = 0; out_y < p->output_height; out_y++) {
            const int32_t in_y = out_y * p->stride_height - p->pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p->input_height, p->filter_height, 1);
            window.rows = rows.end - rows.first;
            for (out_x = 0; out_x < p->output_width; out_x++) {
                const int32_t in_x = out_x * p->stride_width - p->pad_width;
                tinyml_taps columns = {0, p->filter_width};
                if (in_x < 0 || in_x + p->filter_width > p->input_width) {
                    columns = tinyml_taps_inside(in_x, p->input_width, p->filter_width, 1);
                }
                window.columns = columns.end - columns.first;
                window.values = input + ((in_y + rows.first) * p->input_width + in_x + columns.first) * depth;
                output = all(p, &window, output);
            }
        }
        input += p->input_height * window.pitch;
    }
}

#endif
