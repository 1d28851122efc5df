#include "tinyml_pool.h"

TINYML_OUTLINE int8_t *tinyml_max_pool_s8(const tinyml_pool_2d_params *p, tinyml_pool_window *window, int8_t *output)
{
    return tinyml_pool_channels(p, window, output, TINYML_POOL_MAX, 1);
}

TINYML_SMALL
void tinyml_max_pool_2d_s8(const tinyml_pool_2d_params *params, const int8_t *input, int8_t *output)
{
    TINYML_PARAMS(tinyml_pool_2d_params, p, params);
    tinyml_pool_2d(p, input, output, 1, tinyml_max_pool_s8);
}
