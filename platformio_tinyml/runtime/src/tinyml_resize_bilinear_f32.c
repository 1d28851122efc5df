#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_resize_f32.h"

void tinyml_resize_bilinear_f32(const tinyml_resize_bilinear_params *params, const float *input, const int32_t *places,
                                float *output)
{
    tinyml_resize_bilinear_params p;
    int32_t batch, y;
    TINYML_READ_PARAMS(p, params);
    for (batch = 0; batch < p.batches; batch++, input += p.input_size) {
        const int32_t *row = places, *const columns = places + 3 * p.output_height;
        for (y = 0; y < p.output_height; y++, row += 3) {
            const float *above = input + tinyml_read_i32(row), *below = input + tinyml_read_i32(row + 1);
            const float down = tinyml_float_of_bits(tinyml_read_i32(row + 2));
            output = tinyml_resize_row_f32(above, below, down, columns, p.output_width, p.depth, output);
        }
    }
}
