#include "tinyml_pool.h"

TINYML_OUTLINE void tinyml_pool_max_s16(const tinyml_pool_window *window, int32_t channels, int32_t *results)
{
    tinyml_pool_some(window, channels, 1, 2, results);
}

TINYML_SMALL
void tinyml_max_pool_2d_s16(const tinyml_pool_2d_params *params, const int16_t *input, int16_t *output)
{
    TINYML_PARAMS(tinyml_pool_2d_params, p, params);
    tinyml_pool_2d(p, input, output, TINYML_POOL_MAX, 2, tinyml_pool_max_s16);
}
