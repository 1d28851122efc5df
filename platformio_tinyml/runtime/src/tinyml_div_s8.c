#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_kernels.h"
#include "tinyml_reciprocal.h"

/* x / y in output steps, y not 0: x moved up to 31 bits, times 1 / y, times the multiplier. */
static int32_t tinyml_quotient(const tinyml_div_params *p, int32_t x, int32_t y)
{
    int32_t zeros, headroom, shift, quotient;
    if (y < 0) {
        x = -x;
        y = -y;
    }
    if (x == 0) {
        return 0;
    }
    zeros = tinyml_leading_zeros((uint32_t)y);
    headroom = x < 0 ? tinyml_leading_zeros(2 * (uint32_t)-x - 1) : tinyml_leading_zeros((uint32_t)x) - 1;
    quotient = tinyml_reciprocal((int32_t)((uint32_t)y << zeros & UINT32_C(0x7fffffff)));
    quotient = tinyml_multiply_high((int32_t)((uint32_t)x << headroom), quotient);
    shift = headroom + 31 - zeros - p->shift;
    return shift > 31 ? 0 : tinyml_shift_right(tinyml_multiply_high(quotient, p->multiplier), shift);
}

static inline int8_t tinyml_div_one(const tinyml_div_params *p, int32_t x, int32_t y)
{
    x += p->input1_offset;
    y += p->input2_offset;
    if (y == 0) {
        return x < 0 ? p->activation_min : p->activation_max;
    }
    return tinyml_output(tinyml_quotient(p, x, y), p->output_offset, p->activation_min, p->activation_max);
}

void tinyml_div_s8(const tinyml_div_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_div_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST(p, input1, input2, output, x, y, tinyml_div_one(&p, x, y))
}
