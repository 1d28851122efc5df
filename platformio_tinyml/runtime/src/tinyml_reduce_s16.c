#include "tinyml_core.h"

#include "tinyml_reduce.h"

void tinyml_reduce_s16(const tinyml_reduce_params *params, const int16_t *input, int16_t *output)
{
    tinyml_reduce_params p;
    int32_t i0, i1, i2;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.kept_0; i0++) {
        for (i1 = 0; i1 < p.kept_1; i1++) {
            for (i2 = 0; i2 < p.kept_2; i2++) {
                const int16_t *from = input + i0 * p.kept_step_0 + i1 * p.kept_step_1 + i2 * p.kept_step_2;
                const int32_t value = tinyml_reduce_one(&p, (const int8_t *)(const void *)from, 2);
                *output++ = (int16_t)tinyml_reduce_output(&p, value, -32768, 32767);
            }
        }
    }
}
