#include "tinyml_depthwise.h"
#include "tinyml_kernels.h"
#include "tinyml_requantize.h"

/* Which output element comes next, and whether the last two were of one row and their windows inside the input. */
typedef struct {
    int32_t y;
    int32_t x;
    int8_t is_inside;
} tinyml_depthwise_place;

TINYML_INLINE void tinyml_depthwise_advance(tinyml_depthwise_place *place, int32_t elements, int32_t width)
{
    place->x += elements;
    if (place->x == width) {
        place->x = 0;
        place->y++;
    }
}

/* Points the taps of window `which` to what the element at `place` sees. */
TINYML_INLINE void tinyml_depthwise_point(const tinyml_depthwise_conv_2d_params *p, const tinyml_windows *windows,
                                           tinyml_tap *tap, int8_t which, const tinyml_depthwise_place *place)
{
    const int32_t zeros = tinyml_tap_zeros(windows), width = p->input_width, depth = p->input_depth;
    const int32_t dilation = p->dilation_width, step = dilation * depth;
    const int32_t in_x = place->x * p->stride_width - p->pad_width;
    int32_t in_y = place->y * p->stride_height - p->pad_height, row = tinyml_tap_base(windows) + (in_y * width + in_x) * depth;
    int32_t *entry = tap->x + which;
    int32_t y, x;
    for (y = p->filter_height; y > 0; y--) {
        const uint32_t limit = (uint32_t)in_y < (uint32_t)p->input_height ? (uint32_t)width : 0;
        int32_t column = in_x, at = row;
        for (x = p->filter_width; x > 0; x--) {
            *entry = (uint32_t)column < limit ? at : zeros;
            entry += sizeof(tinyml_tap) / sizeof(int32_t);
            column += dilation;
            at += step;
        }
        in_y += p->dilation_height;
        row += p->dilation_height * width * depth;
    }
}

/* The same for the next two elements, or twice for the last one. Inside a row of the input all taps move alike. */
TINYML_OUTLINE void tinyml_depthwise_next(const tinyml_depthwise_conv_2d_params *p, const tinyml_windows *windows,
                                          tinyml_tap *tap, tinyml_depthwise_place *place, int8_t is_pair)
{
    const int32_t in_y = place->y * p->stride_height - p->pad_height, in_x = place->x * p->stride_width - p->pad_width;
    int8_t which;
    const int8_t is_inside = (int8_t)(is_pair && place->x + 1 < p->output_width &&
                                in_x + p->stride_width + (p->filter_width - 1) * p->dilation_width < p->input_width);
    if (is_inside && place->is_inside && place->x > 0) {
        const int32_t step = 2 * p->stride_width * p->input_depth;
        for (; tap != windows->end; tap++) {
            tap->x[0] += step;
            tap->x[1] += step;
        }
        tinyml_depthwise_advance(place, 2, p->output_width);
        return;
    }
    place->is_inside = (int8_t)(is_inside && in_x >= 0 && in_y >= 0 &&
                                in_y + (p->filter_height - 1) * p->dilation_height < p->input_height);
    for (which = 0; which < 2; which++) {
        tinyml_depthwise_point(p, windows, tap, which, place);
        if (is_pair) {
            tinyml_depthwise_advance(place, 1, p->output_width);
        }
    }
}

/* All channels of both windows, where scales are not quick, or not all of them in fours. */
TINYML_OUTLINE TINYML_SMALL void tinyml_depthwise_rest(tinyml_windows *windows, const tinyml_outputs *outputs)
{
    uint32_t sums[8];
    int32_t count = 4;
    windows->sums = sums;
    for (; windows->channel < windows->channels; windows->channel += count) {
        int32_t k;
        if (windows->channel < windows->fours) {
            tinyml_depthwise_fours(windows);
        } else {
            count = 1;
            tinyml_depthwise_one(windows, windows->channel, tinyml_read_i32(windows->bias), sums);
            sums[4] = sums[1];
        }
        for (k = 0; k < count; k++, windows->scale += 2) {
            *windows->first++ = tinyml_requantize_any(sums[k], windows->scale, outputs);
            *windows->second++ = tinyml_requantize_any(sums[k + 4], windows->scale, outputs);
        }
        windows->bias += count;
    }
    windows->sums = NULL;
}

/* Two output elements at a time. Of each four channels, then of each of the rest, both windows are read before an output of the
   first element is written; the second's are all written when both are done. */
TINYML_SMALL
void tinyml_depthwise_conv_2d_s8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                                 const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    tinyml_tap *const taps = (tinyml_tap *)scratch;
    tinyml_windows windows;
    int32_t pixels, batch;
    int8_t *zeros, *second;
    TINYML_PARAMS(tinyml_depthwise_conv_2d_params, p, params);
    const tinyml_outputs outputs = TINYML_OUTPUTS(*p);
    const int32_t channels = p->input_depth, fours = channels & ~INT32_C(3);
    const int32_t count = (int32_t)p->filter_height * p->filter_width;
    zeros = (int8_t *)(taps + count);
    second = zeros + channels;
    tinyml_fill_bytes(zeros, (int8_t)-p->input_offset, channels);
#if defined(TINYML_ASSEMBLY)
    {
        int32_t tap;
        for (tap = 0; tap < count; tap++) {
            taps[tap].w = (int32_t)(uintptr_t)(filter + tap * channels);
        }
    }
#endif
    windows.taps = taps;
    windows.end = taps + count;
    windows.offset = p->output_offset;
    windows.fours = fours;
    windows.skip = (TINYML_TAPS_UNROLLED - 1 - (count - 1) % TINYML_TAPS_UNROLLED) * TINYML_TAP_CODE;
    windows.zeros = zeros;
    windows.filter = filter;
    windows.channels = channels;
    pixels = p->output_height * p->output_width;
    for (batch = p->batches; batch > 0; batch--) {
        tinyml_depthwise_place place = {0, 0, 0};
        int32_t left;
        windows.input = input;
        for (left = pixels; left > 0; left -= 2) {
            tinyml_depthwise_next(p, &windows, taps, &place, (int8_t)(left > 1));
            windows.channel = 0;
            windows.bias = bias;
            windows.scale = scale;
            windows.first = output;
            windows.second = second;
            windows.sums = NULL;
            if (p->is_quick && fours) {
                tinyml_depthwise_fours(&windows);
                tinyml_clamp(output, fours, &outputs);
                tinyml_clamp(second, fours, &outputs);
                windows.channel = fours;
                windows.bias += fours;
                windows.scale += 2 * fours;
                windows.first += fours;
                windows.second += fours;
            }
            if (windows.channel < channels) {
                tinyml_depthwise_rest(&windows, &outputs);
            }
            output += channels;
            if (left > 1) {
                output = tinyml_copy_bytes(output, second, channels);
            }
        }
        input += p->input_height * p->input_width * channels;
    }
}
