#include "tinyml_core.h"

#include "tinyml_softmax.h"

TINYML_SMALL
void tinyml_softmax_s8_s16(const tinyml_softmax_params *params, const int8_t *input, int16_t *output)
{
    TINYML_PARAMS(tinyml_softmax_params, p, params);
    tinyml_softmax(p, input, NULL, output, 16, tinyml_softmax_computed);
}
