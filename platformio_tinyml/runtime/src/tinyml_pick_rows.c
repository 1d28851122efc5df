#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_row_table.h"
#include "tinyml_run.h"

void tinyml_pick_rows(const tinyml_pick_rows_params *params, const void *input, const int32_t *offsets, void *output, int32_t row)
{
    tinyml_pick_rows_params p;
    const int32_t *rows, *columns;
    int8_t *to = (int8_t *)output;
    int32_t i, first;
    TINYML_READ_PARAMS(p, params);
    first = tinyml_first_row(row, p.scale, p.stride, p.pad) * p.input_row;
    columns = offsets + p.columns_at;
    for (rows = offsets + p.rows_at + row; p.rows > 0; p.rows--, rows++) {
        const int8_t *from = (const int8_t *)input + (tinyml_read_i32(rows) - first);
        for (i = 0; i < p.columns; i++, to += p.run) {
            tinyml_copy_run(from + tinyml_read_i32(columns + i), to, p.run, 0);
        }
    }
}
