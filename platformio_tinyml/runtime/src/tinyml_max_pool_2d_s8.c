#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_window.h"

TINYML_SMALL
void tinyml_max_pool_2d_s8(const tinyml_pool_2d_params *params, const int8_t *input, int8_t *output)
{
    tinyml_pool_2d_params p;
    int32_t batch, out_y, out_x, channel, y, x;
    TINYML_READ_PARAMS(p, params);
    for (batch = 0; batch < p.batches; batch++) {
        for (out_y = 0; out_y < p.output_height; out_y++) {
            const int32_t in_y = out_y * p.stride_height - p.pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p.input_height, p.filter_height, 1);
            for (out_x = 0; out_x < p.output_width; out_x++) {
                const int32_t in_x = out_x * p.stride_width - p.pad_width;
                const tinyml_taps columns = tinyml_taps_inside(in_x, p.input_width, p.filter_width, 1);
                for (channel = 0; channel < p.depth; channel++) {
                    int8_t most = p.activation_min;
                    for (y = rows.first; y < rows.end; y++) {
                        const int32_t in_row = (in_y + y) * p.input_width + in_x;
                        const int8_t *in = input + (in_row + columns.first) * p.depth + channel;
                        for (x = columns.first; x < columns.end; x++) {
                            if (*in > most) {
                                most = *in;
                            }
                            in += p.depth;
                        }
                    }
                    *output++ = most > p.activation_max ? p.activation_max : most;
                }
            }
        }
        input += p.input_height * p.input_width * p.depth;
    }
}
