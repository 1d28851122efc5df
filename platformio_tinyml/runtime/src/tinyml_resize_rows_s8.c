#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_resize_s8.h"
#include "tinyml_row_table.h"

void tinyml_resize_rows_s8(const tinyml_resize_rows_params *params, const int8_t *input, const int32_t *places, int8_t *output,
                           int32_t row)
{
    tinyml_resize_rows_params p;
    const int32_t *place = places + 3 * row, *columns;
    int32_t first;
    TINYML_READ_PARAMS(p, params);
    columns = places + 3 * p.output_height;
    first = tinyml_first_row(row, p.scale, p.stride, p.pad) * p.input_row; /* of the elements that are there */
    for (; p.rows > 0; p.rows--, place += 3) {
        const int8_t *above = input + (tinyml_read_i32(place) - first);
        const int8_t *below = input + (tinyml_read_i32(place + 1) - first);
        const int32_t down = tinyml_read_i32(place + 2);
        output = tinyml_resize_row_s8(above, below, down, columns, p.output_width, p.depth, output);
    }
}
