#include "tinyml_core.h"

#include "tinyml_interpolate_s16.h"
#include "tinyml_kernels.h"

void tinyml_table_s16(const tinyml_table_params *params, const int16_t *input, const int16_t *table, int16_t *output)
{
    tinyml_table_params p;
    TINYML_READ_PARAMS(p, params);
    for (; p.size > 0; p.size--) {
        *output++ = (int16_t)tinyml_interpolate_s16(table, *input++);
    }
}
