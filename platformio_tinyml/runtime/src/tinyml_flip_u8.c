#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_flip_u8(const tinyml_table_params *params, const int8_t *input, int8_t *output)
{
    tinyml_table_params p;
    TINYML_READ_PARAMS(p, params);
    for (; p.size > 0; p.size--) {
        *output++ = (int8_t)(*input++ ^ -128);
    }
}
