#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_kernels.h"

void tinyml_minimum_s8(const tinyml_minimum_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_minimum_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST(p, input1, input2, output, x, y, x < y ? x : y)
}
