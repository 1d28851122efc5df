#include "tinyml_kernels.h"
#include "tinyml_broadcast.h"
#include "tinyml_sum.h"

TINYML_OUTLINE void tinyml_add_run(const tinyml_add_params *p, const int8_t *in1, const int8_t *in2, int8_t *output, int32_t n)
{
    const tinyml_sum sum = {p->input1_offset,     p->input2_offset, p->input2_multiplier, p->input2_shift,
                            p->output_multiplier, p->output_shift,  p->output_offset};
    tinyml_sum_run(&sum, 1, 1, in1, in2, output, n);
}

TINYML_OUTLINE TINYML_SMALL int8_t tinyml_add_one(const tinyml_add_params *p, int32_t x, int32_t y)
{
    int32_t sum = (x + p->input1_offset) * TINYML_SUM_FIRST;
    sum += tinyml_rescale((y + p->input2_offset) * TINYML_SUM_SECOND, p->input2_multiplier, p->input2_shift);
    sum = tinyml_rescale(sum, p->output_multiplier, p->output_shift);
    return tinyml_output(sum, p->output_offset, p->activation_min, p->activation_max);
}

TINYML_SMALL
void tinyml_add_s8(const tinyml_add_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    TINYML_PARAMS(tinyml_add_params, p, params);
    const tinyml_outputs outputs = {p->output_offset, p->activation_min, p->activation_max, 1};
    const int8_t is_run = (int8_t)(TINYML_IS_RUN(p) && p->output_multiplier != 0 && p->output_shift <= -2 &&
                                   p->input2_multiplier != 0);
    TINYML_BROADCAST_RUNS(p, input1, input2, output, is_run, tinyml_add_run(p, one, two, output, count), &outputs, x, y,
                          tinyml_add_one(p, x, y))
}
