#include "tinyml_core.h"

#include "tinyml_functions_f32.h"
#include "tinyml_kernels.h"
#include "tinyml_window.h"

void tinyml_pool_2d_f32(const tinyml_pool_2d_f32_params *params, const float *input, float *output)
{
    tinyml_pool_2d_f32_params p;
    int32_t batch, out_y, out_x, channel, y, x;
    TINYML_READ_PARAMS(p, params);
    const float min = tinyml_float_of_bits(p.min_bits), max = tinyml_float_of_bits(p.max_bits);
    for (batch = 0; batch < p.batches; batch++) {
        for (out_y = 0; out_y < p.output_height; out_y++) {
            const int32_t in_y = out_y * p.stride_height - p.pad_height;
            const tinyml_taps rows = tinyml_taps_inside(in_y, p.input_height, p.filter_height, 1);
            for (out_x = 0; out_x < p.output_width; out_x++) {
                const int32_t in_x = out_x * p.stride_width - p.pad_width;
                const tinyml_taps columns = tinyml_taps_inside(in_x, p.input_width, p.filter_width, 1);
                for (channel = 0; channel < p.depth; channel++) {
                    float result = p.kind == TINYML_LARGEST ? tinyml_float_of_bits((int32_t)0xff7fffff) : 0.0f; /* the lowest */
                    for (y = rows.first; y < rows.end; y++) {
                        const float *in = input + ((in_y + y) * p.input_width + in_x) * p.depth + channel;
                        for (x = columns.first; x < columns.end; x++) {
                            const float value = in[x * p.depth];
                            if (p.kind == TINYML_LARGEST) {
                                result = value > result ? value : result;
                            } else {
                                result += p.kind == TINYML_MEAN ? value : value * value;
                            }
                        }
                    }
                    if (p.kind != TINYML_LARGEST) {
                        result /= (float)((rows.end - rows.first) * (columns.end - columns.first));
                    }
                    result = p.kind == TINYML_ROOT_MEAN_SQUARE ? tinyml_sqrt_f32(result) : result;
                    *output++ = tinyml_clamp_f32(result, min, max);
                }
            }
        }
        input += p.input_height * p.input_width * p.depth;
    }
}
