#include "tinyml_core.h"

#include "tinyml_exponential.h"
#include "tinyml_softmax.h"

static int32_t tinyml_softmax_computed(const tinyml_softmax_params *p, const int32_t *table, int32_t difference)
{
    (void)table;
    return tinyml_exp_q5(tinyml_multiply_high(tinyml_shift_left(difference, p->shift), p->multiplier));
}

TINYML_SMALL
void tinyml_softmax_s8(const tinyml_softmax_params *params, const int8_t *input, int8_t *output)
{
    TINYML_PARAMS(tinyml_softmax_params, p, params);
    tinyml_softmax(p, input, NULL, output, tinyml_softmax_computed);
}
