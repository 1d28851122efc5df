#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

static inline int8_t tinyml_mul_one(const tinyml_mul_params *p, int32_t x, int32_t y)
{
    const int32_t product = (x + p->input1_offset) * (y + p->input2_offset);
    const int32_t value = tinyml_rescale(product, p->multiplier, p->shift);
    return tinyml_output(value, p->output_offset, p->activation_min, p->activation_max);
}

void tinyml_mul_s8(const tinyml_mul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_mul_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST(p, input1, input2, output, x, y, tinyml_mul_one(&p, x, y))
}
