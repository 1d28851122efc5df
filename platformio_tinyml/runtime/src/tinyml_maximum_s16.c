#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_kernels.h"

void tinyml_maximum_s16(const tinyml_maximum_params *params, const int16_t *input1, const int16_t *input2, int16_t *output)
{
    tinyml_maximum_params p;
    TINYML_READ_PARAMS(p, params);
    TINYML_BROADCAST_S16(p, input1, input2, output, x, y, x > y ? x : y)
}
