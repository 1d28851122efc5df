#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

void tinyml_resize_bilinear_f32(const tinyml_resize_bilinear_params *params, const float *input, const int32_t *places,
                                float *output)
{
    tinyml_resize_bilinear_params p;
    int32_t batch, y, x, c;
    TINYML_READ_PARAMS(p, params);
    for (batch = 0; batch < p.batches; batch++, input += p.input_size) {
        const int32_t *row = places;
        for (y = 0; y < p.output_height; y++, row += 3) {
            const float *above = input + tinyml_read_i32(row), *below = input + tinyml_read_i32(row + 1);
            const float down = tinyml_float_of_bits(tinyml_read_i32(row + 2)), up = 1.0f - down;
            const int32_t *column = places + 3 * p.output_height;
            for (x = 0; x < p.output_width; x++, column += 3) {
                const int32_t left = tinyml_read_i32(column), right = tinyml_read_i32(column + 1);
                const float far = tinyml_float_of_bits(tinyml_read_i32(column + 2)), near = 1.0f - far;
                for (c = 0; c < p.depth; c++) {
                    const float sum = above[left + c] * up * near + below[left + c] * down * near;
                    *output++ = sum + above[right + c] * up * far + below[right + c] * down * far + 0.0f;
                }
            }
        }
    }
}
