#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_compare.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

static inline int8_t tinyml_compare_scaled(const tinyml_compare_s8_params *p, int32_t x, int32_t y)
{
    const int32_t one = tinyml_rescale((x + p->input1_offset) * 256, p->input1_multiplier, p->input1_shift);
    const int32_t two = tinyml_rescale((y + p->input2_offset) * 256, p->input2_multiplier, p->input2_shift);
    return tinyml_holds(p->kind, one < two, one == two);
}

void tinyml_compare_s8(const tinyml_compare_s8_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_compare_s8_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST(p, input1, input2, output, x, y, tinyml_compare_scaled(&p, x, y))
}
