#include "tinyml_depthwise.h"

/* The loop takes four channels: here the last one or two of them are none, have weights of 0, and read what lies behind. */
enum { TINYML_FEW_LANES = 4 };

/* Taps that see the input's last element, behind which nothing is read, see its copy behind the zero points instead. A window that
   moves on from there is no longer inside, and all of its taps are found anew. */
TINYML_OUTLINE TINYML_SMALL void tinyml_few_last(tinyml_windows *windows, tinyml_tap *tap, int32_t last)
{
    int32_t which;
    tinyml_depthwise_settle(windows, tap);
    for (; tap != windows->end; tap++) {
        for (which = 0; which < 2; which++) {
            if (tap->x[which] == last) {
                tap->x[which] = tinyml_tap_zeros(windows) + TINYML_FEW_LANES;
            }
        }
    }
}

void tinyml_depthwise_few_s8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                             const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_depthwise_conv_2d_params, p, params);
    const tinyml_outputs outputs = TINYML_OUTPUTS(*p);
    const int32_t depth = p->input_depth, count = (int32_t)p->filter_height * p->filter_width;
    const int32_t last = (p->input_height * p->input_width - 1) * depth;
    tinyml_tap *const taps = (tinyml_tap *)scratch;
    int8_t *const zeros = (int8_t *)(taps + count), *const copy = zeros + TINYML_FEW_LANES, *const made = copy + TINYML_FEW_LANES;
    tinyml_windows windows;
    int32_t batch, left, k;
#if defined(TINYML_HELIUM)
    if (tinyml_depthwise_by_rows(p, input, filter, TINYML_FEW_LANES, bias, scale, output, taps, 1)) {
        return;
    }
#endif
    windows.taps = taps;
    windows.end = taps + count;
    windows.offset = p->output_offset;
    windows.skip = (TINYML_TAPS_UNROLLED - 1 - (count - 1) % TINYML_TAPS_UNROLLED) * TINYML_TAP_CODE;
    windows.zeros = zeros;
    windows.channels = windows.fours = TINYML_FEW_LANES;
    windows.channel = 0;
    windows.wanted = depth;
    windows.bias = bias;
    windows.scale = scale;
    windows.first = made;
    windows.second = made + TINYML_FEW_LANES;
    windows.sums = NULL;
    tinyml_fill_bytes(zeros, (int8_t)-p->input_offset, 2 * TINYML_FEW_LANES);
    tinyml_depthwise_weigh(&windows, taps, filter);
    for (batch = p->batches; batch > 0; batch--, input += last + depth) {
        tinyml_depthwise_place place = {0, 0, -1};
        windows.input = input;
        tinyml_copy_bytes(copy, input + last, depth);
        for (left = p->output_height * p->output_width; left > 0; left -= 2) {
            const int32_t row = place.y * p->stride_height - p->pad_height;
            const int8_t is_pair = (int8_t)(left > 1);
            tinyml_depthwise_next(p, &windows, taps, &place, is_pair);
            if (row + p->stride_height + (p->filter_height - 1) * p->dilation_height >= p->input_height - 1) {
                tinyml_few_last(&windows, taps, tinyml_tap_base(&windows) + last);
            }
            if (outputs.is_quick) {
                tinyml_depthwise_fours(&windows);
                tinyml_clamp(made, 2 * TINYML_FEW_LANES, &outputs);
            } else {
                tinyml_depthwise_channels(&windows, bias, scale, &outputs);
                windows.first = made;
                windows.second = made + TINYML_FEW_LANES;
            }
            for (k = 0; k < depth; k++) {
                *output++ = made[k];
            }
            for (k = 0; k < depth && is_pair; k++) {
                *output++ = made[TINYML_FEW_LANES + k];
            }
        }
    }
}
