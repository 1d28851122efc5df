#include "tinyml_pool.h"

TINYML_OUTLINE int8_t *tinyml_max_pool_s8(const tinyml_pool_2d_params *p, tinyml_pool_window *window, int8_t *output)
{
    return tinyml_pool_channels(p, window, output, TINYML_POOL_MAX, 1);
}

#if defined(TINYML_HELIUM)

/* Up to 8 channels: as many windows side by side as 16 lanes have channels of. */
TINYML_OUTLINE void tinyml_max_pool_few(const tinyml_pool_2d_params *p, const int8_t *input, int8_t *output)
{
    const int32_t depth = p->depth, step = p->stride_width * depth, pitch = p->input_width * depth, many = 16 / depth;
    const int32_t inside = (p->input_width - p->filter_width + p->pad_width) / p->stride_width + 1; /* of a row's windows, where any is */
    const int8x16_t max = vdupq_n_s8((int8_t)p->activation_max);
    uint8_t lanes[16];
    uint8x16_t places;
    int32_t batch, y, x, count, k;
    for (k = 0; k < 16; k++) {
        lanes[k] = (uint8_t)(k / depth * step + k % depth);
    }
    places = vldrbq_u8(lanes);
    for (batch = p->batches; batch > 0; batch--, input += p->input_height * pitch) {
        for (y = 0; y < p->output_height; y++) {
            const int32_t in_y = y * p->stride_height - p->pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p->input_height, p->filter_height, 1);
            for (x = 0; x < p->output_width; x += count) {
                const int32_t in_x = x * p->stride_width - p->pad_width;
                tinyml_taps columns = {0, p->filter_width};
                int8x16_t most = vdupq_n_s8((int8_t)p->activation_min);
                mve_pred16_t some;
                int32_t row;
                if (in_x < 0 || in_x + p->filter_width > p->input_width) {
                    columns = tinyml_taps_inside(in_x, p->input_width, p->filter_width, 1);
                    count = 1;
                } else {
                    count = (inside < p->output_width ? inside : p->output_width) - x;
                    count = count < many ? count : many;
                }
                some = vctp8q((uint32_t)(count * depth));
                for (row = rows.first; row < rows.end; row++) {
                    const int8_t *values = input + (in_y + row) * pitch + (in_x + columns.first) * depth;
                    for (k = columns.first; k < columns.end; k++, values += depth) {
                        most = vmaxq_s8(most, vldrbq_gather_offset_z_s8(values, places, some));
                    }
                }
                vstrbq_p_s8(output, vminq_s8(most, max), some);
                output += count * depth;
            }
        }
    }
}

#endif

TINYML_SMALL
void tinyml_max_pool_2d_s8(const tinyml_pool_2d_params *params, const int8_t *input, int8_t *output)
{
    TINYML_PARAMS(tinyml_pool_2d_params, p, params);
#if defined(TINYML_HELIUM)
    if (p->depth <= 8 && p->stride_width < 16) { /* places have 8 bits */
        tinyml_max_pool_few(p, input, output);
        return;
    }
#endif
    tinyml_pool_2d(p, input, output, 1, tinyml_max_pool_s8);
}
