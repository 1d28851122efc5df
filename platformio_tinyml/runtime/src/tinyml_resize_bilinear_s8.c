#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_resize_bilinear_s8(const tinyml_resize_bilinear_params *params, const int8_t *input, const int32_t *places,
                               int8_t *output)
{
    tinyml_resize_bilinear_params p;
    int32_t batch, y, x, c;
    TINYML_READ_PARAMS(p, params);
    for (batch = 0; batch < p.batches; batch++, input += p.input_size) {
        const int32_t *row = places;
        for (y = 0; y < p.output_height; y++, row += 3) {
            const int8_t *above = input + tinyml_read_i32(row), *below = input + tinyml_read_i32(row + 1);
            const int32_t down = tinyml_read_i32(row + 2), up = 1024 - down;
            const int32_t *column = places + 3 * p.output_height;
            for (x = 0; x < p.output_width; x++, column += 3) {
                const int32_t left = tinyml_read_i32(column), right = tinyml_read_i32(column + 1);
                const int32_t far = tinyml_read_i32(column + 2), near = 1024 - far;
                for (c = 0; c < p.depth; c++) {
                    const int32_t sum = above[left + c] * up * near + below[left + c] * down * near +
                                        above[right + c] * up * far + below[right + c] * down * far;
                    const int32_t half = INT32_C(1) << 19;
                    *output++ = (int8_t)((sum + (sum > 0 ? half : -half)) / (INT32_C(1) << 20));
                }
            }
        }
    }
}
