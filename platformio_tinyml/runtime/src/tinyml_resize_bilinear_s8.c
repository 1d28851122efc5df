#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_resize_s8.h"

void tinyml_resize_bilinear_s8(const tinyml_resize_bilinear_params *params, const int8_t *input, const int32_t *places,
                               int8_t *output)
{
    tinyml_resize_bilinear_params p;
    int32_t batch, y;
    TINYML_READ_PARAMS(p, params);
    for (batch = 0; batch < p.batches; batch++, input += p.input_size) {
        const int32_t *row = places, *const columns = places + 3 * p.output_height;
        for (y = 0; y < p.output_height; y++, row += 3) {
            const int8_t *above = input + tinyml_read_i32(row), *below = input + tinyml_read_i32(row + 1);
            output = tinyml_resize_row_s8(above, below, tinyml_read_i32(row + 2), columns, p.output_width, p.depth, output);
        }
    }
}
