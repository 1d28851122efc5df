#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_extreme.h"
#include "tinyml_kernels.h"
#include "tinyml_requantize.h"

TINYML_OUTLINE void tinyml_maximum_run(const int8_t *in1, const int8_t *in2, int8_t *output, int32_t n)
{
    tinyml_extreme_run(in1, in2, output, n, 1);
}

TINYML_SMALL
void tinyml_maximum_s8(const tinyml_maximum_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    TINYML_PARAMS(tinyml_maximum_params, p, params);
    const tinyml_outputs outputs = {0, -128, 127, 1};
    const int8_t is_run = (int8_t)TINYML_IS_RUN(p);
    TINYML_BROADCAST_RUNS(p, input1, input2, output, is_run, tinyml_maximum_run(one, two, output, count), &outputs, x, y, x > y ? x : y)
}
