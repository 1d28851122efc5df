/* What the kernels of DEPTHWISE_CONV_2D share: all but how often they go through the channels. */
#ifndef TINYML_DEPTHWISE_H
#define TINYML_DEPTHWISE_H

#include "tinyml_depthwise_rows.h"
#include "tinyml_kernels.h"
#include "tinyml_taps.h"

/* Which output element comes next, and how many columns of the input lie right of the window of the one before: -1 where that was of
   another row, or not inside. */
typedef struct {
    int32_t y;
    int32_t x;
    int32_t right;
} tinyml_depthwise_place;

TINYML_INLINE void tinyml_depthwise_advance(tinyml_depthwise_place *place, int32_t elements, int32_t width)
{
    place->x += elements;
    if (place->x == width) {
        place->x = 0;
        place->y++;
        place->right = -1;
    }
}

/* Points the taps of window `which` to what the element at `place` sees. */
TINYML_INLINE void tinyml_depthwise_point(const tinyml_depthwise_conv_2d_params *p, const tinyml_windows *windows,
                                           tinyml_tap *tap, int32_t which, tinyml_depthwise_place *place)
{
    const int32_t zeros = tinyml_tap_zeros(windows), depth = p->input_depth, width = p->input_width * depth;
    const int32_t step = p->dilation_width * depth, in_x = place->x * p->stride_width - p->pad_width, first = in_x * depth;
    int32_t in_y = place->y * p->stride_height - p->pad_height, row = tinyml_tap_base(windows) + in_y * width;
    int32_t *entry = tap->x + which;
    int32_t y, x;
    place->right = in_x < 0 || in_y < 0 || in_y + (p->filter_height - 1) * p->dilation_height >= p->input_height
                       ? -1
                       : p->input_width - 1 - in_x - (p->filter_width - 1) * p->dilation_width;
    for (y = p->filter_height; y > 0; y--) {
        const uint32_t limit = (uint32_t)in_y < (uint32_t)p->input_height ? (uint32_t)width : 0;
        int32_t at = first; /* bytes from the row's begin */
        for (x = p->filter_width; x > 0; x--) {
            *entry = (uint32_t)at < limit ? row + at : zeros;
            entry += sizeof(tinyml_tap) / sizeof(int32_t);
            at += step;
        }
        in_y += p->dilation_height;
        row += p->dilation_height * width;
    }
}

/* Lets the taps say where both windows are. */
TINYML_INLINE void tinyml_depthwise_settle(tinyml_windows *windows TINYML_UNUSED, tinyml_tap *tap TINYML_UNUSED)
{
#if defined(TINYML_HELIUM)
    for (; tap != windows->end && windows->moved != 0; tap++) {
        tap->x[0] += windows->moved;
        tap->x[1] += windows->moved;
    }
    windows->moved = windows->is_steady = 0;
#endif
}

/* The first window goes on to be `step` bytes behind the second, and this one to be `next` bytes behind it. */
TINYML_INLINE void tinyml_depthwise_move(tinyml_windows *windows, tinyml_tap *tap, int32_t step, int32_t next)
{
#if defined(TINYML_HELIUM)
    if (windows->is_steady && next != 0) {
        windows->moved += 2 * step;
        return;
    }
    step += windows->moved;
    windows->moved = 0;
    windows->is_steady = (int8_t)(next != 0);
#endif
    for (; tap != windows->end; tap++) {
        const int32_t at = tap->x[1] + step;
        tap->x[0] = at;
        tap->x[1] = at + next;
    }
}

/* The same for the next two elements, or twice for the last one. From a window inside the input to the next in its row all taps
   move alike. */
TINYML_OUTLINE void tinyml_depthwise_next(const tinyml_depthwise_conv_2d_params *p, tinyml_windows *windows,
                                          tinyml_tap *tap, tinyml_depthwise_place *place, int8_t is_pair)
{
    const int32_t stride = p->stride_width;
    int32_t which = 0;
    if (place->right >= stride) {
        const int32_t step = stride * p->input_depth;
        int32_t next = 0;
        place->right -= stride;
        which = 1;
        if (is_pair && place->right >= stride && place->x + 1 < p->output_width) {
            place->right -= stride;
            which = 2;
            next = step;
        }
        tinyml_depthwise_move(windows, tap, step, next);
        tinyml_depthwise_advance(place, which, p->output_width);
        if (!is_pair) {
            return;
        }
    }
#if defined(TINYML_HELIUM)
    if (which < 2) {
        windows->moved = windows->is_steady = 0;
    }
#endif
    for (; which < 2; which++) {
        tinyml_depthwise_point(p, windows, tap, which, place);
        if (is_pair) {
            tinyml_depthwise_advance(place, 1, p->output_width);
        }
    }
}

/* Adds to the sums of four channels, of both windows, what all weights have more than the filter says. */
#if defined(TINYML_DSP)

TINYML_OUTLINE void tinyml_depthwise_offset(const tinyml_windows *windows, int32_t channel, uint32_t sums[8])
{
    const uint32_t more = (uint32_t)windows->more;
    const int32_t at = tinyml_tap_channel(windows, channel);
    const tinyml_tap *tap = windows->taps;
    int8_t k;
    while (tap != windows->end) {
        const tinyml_tap *const end = windows->end - tap > 255 ? tap + 255 : windows->end; /* so many fit 16 bits */
        uint32_t halves[4] = {0, 0, 0, 0};
        for (; tap != end; tap++) {
            for (k = 0; k < 2; k++) {
                const uint32_t values = tinyml_load4(tinyml_tap_values(windows, tap->x[k]) + at);
                halves[2 * k] = tinyml_even_plus(halves[2 * k], values);
                halves[2 * k + 1] = tinyml_odd_plus(halves[2 * k + 1], values);
            }
        }
        for (k = 0; k < 4; k++) { /* of both windows channels 0 and 2, 1 and 3 */
            sums[(k & 2) * 2 + (k & 1)] += (uint32_t)(int32_t)(int16_t)halves[k] * more;
            sums[(k & 2) * 2 + (k & 1) + 2] += (uint32_t)((int32_t)halves[k] >> 16) * more;
        }
    }
}

#else

TINYML_OUTLINE void tinyml_depthwise_offset(const tinyml_windows *windows, int32_t channel, uint32_t sums[8])
{
    const uint32_t offset = (uint32_t)windows->more;
    const int32_t at = tinyml_tap_channel(windows, channel);
    int8_t k;
    for (k = 0; k < 4; k++) {
        const tinyml_tap *tap = windows->taps, *const end = windows->end;
        int32_t a = 0, b = 0;
        for (; tap != end; tap++) {
            a += tinyml_tap_values(windows, tap->x[0])[at + k];
            b += tinyml_tap_values(windows, tap->x[1])[at + k];
        }
        sums[k] += (uint32_t)a * offset;
        sums[k + 4] += (uint32_t)b * offset;
    }
}

#endif

/* All channels of both windows, whose next outputs are windows->first and second. If they are no multiple of 4, the last four begin
   among those before: inputs of these are read again when their outputs are there.
   `by_sums` makes these, of windows->channel on, where no output may be made at once. */
TINYML_INLINE void tinyml_depthwise_all(tinyml_windows *windows, const int32_t *bias, const int32_t *scale,
                                        const tinyml_outputs *outputs, int8_t has_offset,
                                        void (*by_sums)(const tinyml_windows *))
{
    int8_t *const first = windows->first, *const second = windows->second;
    const int32_t channels = windows->channels;
    const int8_t is_quick = (int8_t)(by_sums == NULL && outputs->is_quick);
    int32_t channel = 0, k;
#if defined(TINYML_HELIUM)
    channel = is_quick ? tinyml_depthwise_sixteens(windows, bias, scale) : 0;
#endif
    while (channel < channels) {
        uint32_t sums[8];
        channel = channel > channels - 4 ? channels - 4 : channel;
        windows->channel = channel;
        windows->bias = bias + channel;
        windows->scale = scale + 2 * channel;
        windows->first = first + channel;
        windows->second = second + channel;
        if (is_quick) {
            windows->fours = channel + ((channels - channel) & ~INT32_C(3));
            windows->sums = NULL;
            tinyml_depthwise_fours(windows);
        } else {
            windows->fours = channel + 4;
            windows->sums = sums;
            (by_sums == NULL ? tinyml_depthwise_fours : by_sums)(windows);
            if (has_offset) {
                tinyml_depthwise_offset(windows, channel, sums);
            }
            for (k = 0; k < 4; k++) {
                windows->first[k] = tinyml_requantize_any(sums[k], windows->scale + 2 * k, outputs);
                windows->second[k] = tinyml_requantize_any(sums[k + 4], windows->scale + 2 * k, outputs);
            }
        }
        channel = windows->fours;
    }
    if (is_quick) {
        tinyml_clamp(first, channels, outputs);
        tinyml_clamp(second, channels, outputs);
    }
}

TINYML_OUTLINE TINYML_SMALL void tinyml_depthwise_channels(tinyml_windows *windows, const int32_t *bias, const int32_t *scale,
                                                           const tinyml_outputs *outputs)
{
    tinyml_depthwise_all(windows, bias, scale, outputs, 0, NULL);
}

TINYML_OUTLINE TINYML_SMALL void tinyml_depthwise_channels_u8(tinyml_windows *windows, const int32_t *bias, const int32_t *scale,
                                                              const tinyml_outputs *outputs)
{
    tinyml_depthwise_all(windows, bias, scale, outputs, 1, tinyml_depthwise_fours);
}

#if defined(__AVR__)

TINYML_OUTLINE TINYML_SMALL void tinyml_depthwise_channels_s4(tinyml_windows *windows, const int32_t *bias, const int32_t *scale,
                                                              const tinyml_outputs *outputs)
{
    tinyml_depthwise_all(windows, bias, scale, outputs, 0, tinyml_depthwise_unpacked);
}

#else
#define tinyml_depthwise_channels_s4 tinyml_depthwise_channels
#endif

/* Tells the taps where their weights are. */
TINYML_OUTLINE TINYML_SMALL void tinyml_depthwise_weigh(tinyml_windows *windows, tinyml_tap *tap TINYML_UNUSED, const int8_t *filter)
{
    windows->filter = filter;
#if defined(TINYML_THUMB_2) || defined(TINYML_THUMB_1)
    for (; tap != windows->end; tap++, filter += windows->channels) {
        tap->w = (int32_t)(uintptr_t)filter;
    }
#endif
}

/* Two output elements at a time: all channels of the input once for each of the `copies` outputs that they make. Both windows are
   read, four channels at a time, before an output of these is written; the second's are written when all channels are done,
   of several copies the first's too. `all` makes the outputs of all channels; `more`, or
   NULL, is what the weights have more than the filter says. */
TINYML_INLINE void tinyml_depthwise_pairs(const tinyml_depthwise_conv_2d_params *p, const int8_t *input, const int8_t *filter,
                                          const int32_t *bias, const int32_t *scale, int8_t *output, tinyml_tap *taps,
                                          int32_t copies, const int32_t *more,
                                          void (*all)(tinyml_windows *, const int32_t *, const int32_t *,
                                                      const tinyml_outputs *))
{
    const tinyml_outputs outputs = TINYML_OUTPUTS(*p);
    const int32_t channels = p->input_depth, count = (int32_t)p->filter_height * p->filter_width;
    int8_t *const second = (int8_t *)(taps + count) + channels;
    tinyml_windows windows;
    int32_t batch;
#if defined(TINYML_HELIUM)
    if (more == NULL && tinyml_depthwise_by_rows(p, input, filter, channels, bias, scale, output, taps, copies)) {
        return;
    }
#endif
    windows.taps = taps;
    windows.end = taps + count;
    windows.offset = p->output_offset;
    windows.skip = (TINYML_TAPS_UNROLLED - 1 - (count - 1) % TINYML_TAPS_UNROLLED) * TINYML_TAP_CODE;
    windows.zeros = (int8_t *)(taps + count);
    windows.channels = channels;
    windows.wanted = 4;
#if defined(TINYML_HELIUM)
    windows.count = count;
#endif
    if (more != NULL) {
        windows.more = tinyml_read_i32(more);
    }
    tinyml_fill_bytes((int8_t *)(taps + count), (int8_t)-p->input_offset, channels);
    tinyml_depthwise_weigh(&windows, taps, filter);
    for (batch = p->batches; batch > 0; batch--) {
        tinyml_depthwise_place place = {0, 0, -1};
        int32_t left, copy, k;
        windows.input = input;
        for (left = p->output_height * p->output_width; left > 0; left -= 2) {
            const int8_t is_pair = (int8_t)(left > 1);
            tinyml_depthwise_next(p, &windows, taps, &place, is_pair);
            if (copies == 1) {
                windows.first = output;
                windows.second = second;
                all(&windows, bias, scale, &outputs);
                output += channels;
                if (is_pair) {
                    output = tinyml_copy_bytes(output, second, channels);
                }
                continue;
            }
            for (copy = 0; copy < copies; copy++) {
                tinyml_depthwise_weigh(&windows, taps, filter + copy * count * channels);
                windows.first = second + channels;
                windows.second = second;
                all(&windows, bias + copy * channels, scale + 2 * copy * channels, &outputs);
                for (k = 0; k < channels; k++) {
                    output[k * copies + copy] = second[channels + k];
                    if (is_pair) {
                        output[(channels + k) * copies + copy] = second[k];
                    }
                }
            }
            output += (is_pair ? 2 : 1) * copies * channels;
        }
        input += p->input_height * p->input_width * channels;
    }
}

#endif
