#include "tinyml_conv_2d.h"

/* What an output sees along one axis: of the filter every stride-th tap from the phase on, over as many inputs side by side, from
   origin on. An output that no tap reaches sees padding alone, and so do all that are whole strides away: step is 0, else 1. */
typedef struct {
    int32_t phase;
    int32_t taps;
    int32_t origin;
    int32_t step;
} tinyml_phase;

/* `place` is the output's index plus the padding, at least 0. */
TINYML_OUTLINE TINYML_SMALL tinyml_phase tinyml_phase_of(int32_t place, int32_t taps, int32_t stride)
{
    tinyml_phase found;
    const int32_t last = place / stride;
    found.phase = place - last * stride;
    found.step = found.phase < taps;
    if (!found.step) {
        found.phase = 0;
    }
    found.taps = (taps - 1 - found.phase) / stride + 1;
    found.origin = found.step ? last + 1 - found.taps : -found.taps;
    return found;
}

/* Points the tile to the weights of a phase, which lie behind those of the phases before; the biases likewise. */
TINYML_OUTLINE TINYML_SMALL void tinyml_transpose_conv_weigh(const tinyml_transpose_conv_params *p, const int8_t *filter,
                                                             const int32_t *bias, int32_t row, int32_t column, tinyml_tile *tile)
{
    const int32_t width = p->filter_width < p->stride_width ? p->filter_width : p->stride_width;
    int32_t y = 0, x = 0;
    for (;;) {
        const int32_t taps = ((p->filter_height - 1 - y) / p->stride_height + 1) * ((p->filter_width - 1 - x) / p->stride_width + 1);
        tile->groups = (taps * p->input_depth + 3) >> 2;
        if (y == row && x == column) {
            break;
        }
        filter += 4 * tile->groups * p->output_depth;
        bias += p->output_depth;
        if (++x == width) {
            x = 0;
            y++;
        }
    }
    tile->w = filter;
    tile->bias = bias;
}

/* The outputs of a row from output on that are whole strides apart, `left` of them: a CONV_2D with the filter of their phase, whose
   window goes on by one. */
static void tinyml_transpose_conv_phase(const tinyml_transpose_conv_params *p, const tinyml_conv_2d_params *window,
                                        const int8_t *input, tinyml_conv_place *place, const int32_t *scale, int8_t *output,
                                        int32_t left, tinyml_tile *tile, const tinyml_outputs *outputs)
{
    const int32_t apart = (int32_t)p->stride_width * p->output_depth, depth = p->input_depth;
    const int8_t is_few = tinyml_conv_are_few(p->output_depth);
    const int8_t is_pixel = (int8_t)(!is_few && window->filter_height == 1 && window->filter_width == 1 && window->stride_width == 1 &&
                                     place->rows.first < place->rows.end);
    const int8_t *const w = tile->w;
    const int32_t *const bias = tile->bias;
    tile->end = (const tinyml_lane *)tile->x + tile->groups * TINYML_GROUP_LANES;
    tinyml_conv_place_values(window, (int8_t)(is_pixel || is_few), tile);
    for (; left > 0; left -= 2, output += 2 * apart) {
        const int32_t count = left > 1 ? 2 : 1;
        if (is_pixel && place->x >= 0 && place->x + count <= p->input_width) {
            tinyml_conv_pixels(input + (place->y * p->input_width + place->x) * depth, depth, depth, count, tile);
            place->x += count;
        } else if (!is_few) {
            tinyml_conv_windows(window, input, place, count, tile);
        }
        tile->w = w;
        tile->bias = bias;
        tile->scale = scale;
        tile->first = output;
        tile->second = output + (count - 1) * apart;
        if (is_few) {
            tinyml_conv_few(window, input, place, count, p->output_depth, tile, outputs);
            place->x += count;
        } else {
            tinyml_conv_channels(tile, p->output_depth, outputs);
        }
    }
}

TINYML_SMALL
void tinyml_transpose_conv_s8(const tinyml_transpose_conv_params *params, const int8_t *input, const int8_t *filter,
                              const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_transpose_conv_params, p, params);
    const tinyml_outputs outputs = TINYML_OUTPUTS(*p);
    tinyml_conv_2d_params window;
    tinyml_tile tile;
    int32_t batch, y, x;
    window.input_height = p->input_height;
    window.input_width = p->input_width;
    window.input_depth = window.filter_depth = p->input_depth;
    window.input_offset = p->input_offset;
    window.output_width = INT32_MAX; /* a phase ends before a row does */
    window.stride_height = window.dilation_height = window.dilation_width = 1;
    window.pad_height = 0;
    tile.x = scratch;
    tile.offset = p->output_offset;
    tile.sums = NULL;
    for (batch = p->batches; batch > 0; batch--) {
        for (y = 0; y < p->output_height; y++, output += p->output_width * p->output_depth) {
            const tinyml_phase rows = tinyml_phase_of(y + p->pad_height, p->filter_height, p->stride_height);
            window.filter_height = (int16_t)rows.taps;
            for (x = 0; x < p->stride_width && x < p->output_width; x++) {
                const tinyml_phase columns = tinyml_phase_of(x + p->pad_width, p->filter_width, p->stride_width);
                tinyml_conv_place place;
                window.filter_width = (int16_t)columns.taps;
                window.stride_width = (int16_t)columns.step;
                window.pad_width = (int16_t)(columns.step ? 0 : columns.taps);
                tinyml_conv_row(&window, rows.origin, &place);
                place.x = columns.origin;
                tinyml_transpose_conv_weigh(p, filter, bias, rows.phase, columns.phase, &tile);
                tinyml_transpose_conv_phase(p, &window, input, &place, scale, output + x * p->output_depth,
                                            (p->output_width - x - 1) / p->stride_width + 1, &tile, &outputs);
            }
        }
        input += p->input_height * p->input_width * p->input_depth;
    }
}
