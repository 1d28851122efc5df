#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_run.h"

void tinyml_pick(const tinyml_pick_params *params, const void *input, const int32_t *offsets, void *output)
{
    tinyml_pick_params p;
    const int8_t *from = (const int8_t *)input;
    int8_t *to = (int8_t *)output;
    int32_t i, i0, i1, i2;
    TINYML_READ_PARAMS(p, params);
    for (i = 0; i < p.outer; i++, from += p.outer_step) {
        for (i0 = 0; i0 < p.size_0; i0++) {
            for (i1 = 0; i1 < p.size_1; i1++) {
                const int32_t *last = offsets + p.size_0 + p.size_1;
                const int8_t *row = from + (tinyml_read_i32(offsets + i0) + tinyml_read_i32(offsets + p.size_0 + i1));
                for (i2 = 0; i2 < p.size_2; i2++, to += p.run) {
                    tinyml_copy_run(row + tinyml_read_i32(last + i2), to, p.run, p.input_in_flash);
                }
            }
        }
    }
}
