#include "tinyml_pool.h"

TINYML_OUTLINE void tinyml_pool_max(const tinyml_pool_window *window, int32_t channels, int32_t *results)
{
    tinyml_pool_some(window, channels, 1, 1, results);
}

TINYML_SMALL
void tinyml_max_pool_2d_s8(const tinyml_pool_2d_params *params, const int8_t *input, int8_t *output)
{
    TINYML_PARAMS(tinyml_pool_2d_params, p, params);
    tinyml_pool_2d(p, input, output, TINYML_POOL_MAX, 1, tinyml_pool_max);
}
