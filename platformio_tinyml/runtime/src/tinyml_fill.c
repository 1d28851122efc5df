#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_fill(const tinyml_fill_params *params, void *output)
{
    tinyml_fill_params p;
    int8_t *to = (int8_t *)output;
    int8_t bytes[8];
    int32_t i;
    int8_t k;
    TINYML_READ_PARAMS(p, params);
    for (k = 0; k < 4; k++) {
        bytes[k] = (int8_t)((uint32_t)p.low >> (8 * k));
        bytes[k + 4] = (int8_t)((uint32_t)p.high >> (8 * k));
    }
    for (i = 0; i < p.size; i++) {
        for (k = 0; k < p.width; k++) {
            *to++ = bytes[k];
        }
    }
}
