#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_sigmoid_s16.h"

/* All outputs; `is_tanh` is a constant wherever it is asked for. */
TINYML_INLINE void tinyml_sigmoids_s16(const tinyml_sigmoid_s16_params *p, const int16_t *input, const int16_t *table, int16_t *output,
                                       int8_t is_tanh)
{
    const int32_t multiplier = p->multiplier, shift = p->shift;
    const int32_t half = shift > 0 ? (int32_t)(UINT32_C(1) << (shift - 1)) : 0;
    const int16_t *const end = input + p->size;
    while (input != end) {
        const int32_t x = ((int32_t)*input++ * multiplier + half) >> shift;
        *output++ = is_tanh ? tinyml_tanh_s16(x, table) : tinyml_sigmoid_s16(x, table);
    }
}

void tinyml_logistic_s16(const tinyml_sigmoid_s16_params *params, const int16_t *input, const int16_t *table, int16_t *output)
{
    TINYML_PARAMS(tinyml_sigmoid_s16_params, p, params);
    if (p->is_tanh) {
        tinyml_sigmoids_s16(p, input, table, output, 1);
    } else {
        tinyml_sigmoids_s16(p, input, table, output, 0);
    }
}
