#include "tinyml_core.h"

#include "tinyml_reduce.h"

void tinyml_reduce_s8(const tinyml_reduce_params *params, const int8_t *input, int8_t *output)
{
    tinyml_reduce_params p;
    int32_t i0, i1, i2;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.kept_0; i0++) {
        for (i1 = 0; i1 < p.kept_1; i1++) {
            for (i2 = 0; i2 < p.kept_2; i2++) {
                const int8_t *from = input + i0 * p.kept_step_0 + i1 * p.kept_step_1 + i2 * p.kept_step_2;
                const int32_t value = tinyml_reduce_one(&p, from, 1);
                *output++ = (int8_t)tinyml_reduce_output(&p, value, -128, 127);
            }
        }
    }
}
