#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

static inline int8_t tinyml_prelu_one(const tinyml_prelu_params *p, int32_t x, int32_t alpha)
{
    const int32_t input = x + p->input1_offset;
    int32_t value;
    if (input >= 0) {
        value = tinyml_rescale(input, p->multiplier, p->shift);
    } else {
        value = tinyml_rescale(input * (alpha + p->input2_offset), p->alpha_multiplier, p->alpha_shift);
    }
    return tinyml_output(value, p->output_offset, -128, 127);
}

void tinyml_prelu_s8(const tinyml_prelu_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_prelu_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST(p, input1, input2, output, x, y, tinyml_prelu_one(&p, x, y))
}
