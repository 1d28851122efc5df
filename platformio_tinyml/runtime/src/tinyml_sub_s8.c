#include "tinyml_kernels.h"
#include "tinyml_broadcast.h"
#include "tinyml_sum.h"

/* The input of the larger scale, whose multiplier is 1/2, is the first of the sum. */
TINYML_INLINE int8_t tinyml_sub_is_first(int32_t multiplier, int32_t shift)
{
    return multiplier == INT32_C(1) << 30 && shift == 0;
}

TINYML_OUTLINE void tinyml_sub_run(const tinyml_sub_params *p, const int8_t *in1, const int8_t *in2, int8_t *output, int32_t n)
{
    tinyml_sum sum = {p->input1_offset,     p->input2_offset, p->input2_multiplier, p->input2_shift,
                      p->output_multiplier, p->output_shift,  p->output_offset};
    int32_t sign = 1;
    if (!tinyml_sub_is_first(p->input1_multiplier, p->input1_shift)) {
        const int8_t *const swapped = in1;
        in1 = in2;
        in2 = swapped;
        sum.first_offset = p->input2_offset;
        sum.second_offset = p->input1_offset;
        sum.multiplier = p->input1_multiplier;
        sum.shift = p->input1_shift;
        sign = -1;
    }
    tinyml_sum_run(&sum, sign, -sign, in1, in2, output, n);
}

TINYML_OUTLINE TINYML_SMALL int8_t tinyml_sub_one(const tinyml_sub_params *p, int32_t x, int32_t y)
{
    int32_t sum = tinyml_rescale((x + p->input1_offset) * TINYML_SUM_SECOND, p->input1_multiplier, p->input1_shift);
    sum -= tinyml_rescale((y + p->input2_offset) * TINYML_SUM_SECOND, p->input2_multiplier, p->input2_shift);
    sum = tinyml_rescale(sum, p->output_multiplier, p->output_shift);
    return tinyml_output(sum, p->output_offset, p->activation_min, p->activation_max);
}

TINYML_SMALL
void tinyml_sub_s8(const tinyml_sub_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    TINYML_PARAMS(tinyml_sub_params, p, params);
    const tinyml_outputs outputs = {p->output_offset, p->activation_min, p->activation_max, 1};
    const int8_t is_run = (int8_t)(TINYML_IS_RUN(p) && p->output_multiplier != 0 && p->output_shift <= -2 &&
                                   p->input1_multiplier != 0 && p->input2_multiplier != 0 &&
                                   (tinyml_sub_is_first(p->input1_multiplier, p->input1_shift) ||
                                    tinyml_sub_is_first(p->input2_multiplier, p->input2_shift)));
    TINYML_BROADCAST_RUNS(p, input1, input2, output, is_run, tinyml_sub_run(p, one, two, output, count), &outputs, x, y,
                          tinyml_sub_one(p, x, y))
}
