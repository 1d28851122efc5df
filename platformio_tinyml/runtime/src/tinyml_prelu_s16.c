#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"
#include "tinyml_saturate_16.h"

static inline int16_t tinyml_prelu_one_s16(const tinyml_prelu_params *p, int32_t x, int32_t alpha)
{
    if (x >= 0) {
        return tinyml_saturate_16(tinyml_rescale(x, p->multiplier, p->shift));
    }
    return tinyml_saturate_16(tinyml_rescale(x * (alpha + p->input2_offset), p->alpha_multiplier, p->alpha_shift));
}

void tinyml_prelu_s16(const tinyml_prelu_params *params, const int16_t *input1, const int8_t *input2, int16_t *output)
{
    tinyml_prelu_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST_OF(int32_t, int16_t, tinyml_read_either_s16, int8_t, tinyml_read_either, int16_t, p, input1, input2, output, x, y,
                        tinyml_prelu_one_s16(&p, x, y))
}
