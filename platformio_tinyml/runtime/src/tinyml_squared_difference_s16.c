#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"
#include "tinyml_saturate_16.h"

static inline int16_t tinyml_squared_difference_one_s16(const tinyml_squared_difference_params *p, int32_t x, int32_t y)
{
    const int32_t one = tinyml_rescale(x, p->input1_multiplier, p->input1_shift);
    const int32_t two = tinyml_rescale(y, p->input2_multiplier, p->input2_shift);
    return tinyml_saturate_16(tinyml_rescale_wrapped((one - two) * (one - two), p->output_multiplier, p->output_shift));
}

void tinyml_squared_difference_s16(const tinyml_squared_difference_params *params, const int16_t *input1, const int16_t *input2,
                                   int16_t *output)
{
    tinyml_squared_difference_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST_S16(p, input1, input2, output, x, y, tinyml_squared_difference_one_s16(&p, x, y))
}
