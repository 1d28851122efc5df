#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_fill(const tinyml_fill_params *params, void *output)
{
    tinyml_fill_params p;
    int8_t *to = (int8_t *)output;
    int8_t bytes[8], k, is_one = 1;
    int32_t i;
    TINYML_READ_PARAMS(p, params);
    for (k = 0; k < 4; k++) {
        bytes[k] = (int8_t)((uint32_t)p.low >> (8 * k));
        bytes[k + 4] = (int8_t)((uint32_t)p.high >> (8 * k));
    }
    for (k = 1; k < p.width; k++) {
        is_one = (int8_t)(is_one && bytes[k] == bytes[0]);
    }
    if (is_one) {
        tinyml_fill_bytes(to, bytes[0], p.size * p.width);
        return;
    }
    for (i = 0; i < p.size; i++) {
        for (k = 0; k < p.width; k++) {
            *to++ = bytes[k];
        }
    }
}
