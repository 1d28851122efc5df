#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

static inline int8_t tinyml_sub_one(const tinyml_sub_params *p, int32_t x, int32_t y)
{
    const int32_t minuend = tinyml_rescale((x + p->input1_offset) * (INT32_C(1) << 20), p->input1_multiplier, p->input1_shift);
    const int32_t other = tinyml_rescale((y + p->input2_offset) * (INT32_C(1) << 20), p->input2_multiplier, p->input2_shift);
    const int32_t value = tinyml_rescale(minuend - other, p->output_multiplier, p->output_shift);
    return tinyml_output(value, p->output_offset, p->activation_min, p->activation_max);
}

void tinyml_sub_s8(const tinyml_sub_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_sub_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST(p, input1, input2, output, x, y, tinyml_sub_one(&p, x, y))
}
