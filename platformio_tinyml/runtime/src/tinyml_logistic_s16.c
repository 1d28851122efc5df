#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_sigmoid_s16.h"

void tinyml_logistic_s16(const tinyml_sigmoid_s16_params *params, const int16_t *input, const int16_t *table, int16_t *output)
{
    tinyml_sigmoid_s16_params p;
    TINYML_READ_PARAMS(p, params);
    const int32_t half = p.shift > 0 ? (int32_t)(UINT32_C(1) << (p.shift - 1)) : 0;
    for (; p.size > 0; p.size--) {
        const int32_t x = ((int32_t)*input++ * p.multiplier + half) >> p.shift;
        *output++ = p.is_tanh ? tinyml_tanh_s16(x, table) : tinyml_sigmoid_s16(x, table);
    }
}
