#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

static inline int8_t tinyml_squared_difference_one(const tinyml_squared_difference_params *p, int32_t x, int32_t y)
{
    const int32_t one = tinyml_rescale((x + p->input1_offset) * 128, p->input1_multiplier, p->input1_shift);
    const int32_t two = tinyml_rescale((y + p->input2_offset) * 128, p->input2_multiplier, p->input2_shift);
    const int32_t value = tinyml_rescale_wrapped((one - two) * (one - two), p->output_multiplier, p->output_shift);
    return tinyml_output(value, p->output_offset, -128, 127);
}

void tinyml_squared_difference_s8(const tinyml_squared_difference_params *params, const int8_t *input1, const int8_t *input2,
                                  int8_t *output)
{
    tinyml_squared_difference_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST(p, input1, input2, output, x, y, tinyml_squared_difference_one(&p, x, y))
}
