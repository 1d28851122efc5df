#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

static inline int16_t tinyml_mul_one_s16(const tinyml_mul_params *p, int32_t x, int32_t y)
{
    const int32_t value = tinyml_rescale(x * y, p->multiplier, p->shift);
    return (int16_t)(value < p->activation_min ? p->activation_min : value > p->activation_max ? p->activation_max : value);
}

void tinyml_mul_s16(const tinyml_mul_params *params, const int16_t *input1, const int16_t *input2, int16_t *output)
{
    tinyml_mul_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST_S16(p, input1, input2, output, x, y, tinyml_mul_one_s16(&p, x, y))
}
