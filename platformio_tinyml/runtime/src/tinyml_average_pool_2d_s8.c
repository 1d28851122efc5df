#include "tinyml_pool.h"

TINYML_OUTLINE void tinyml_pool_average(const tinyml_pool_window *window, int32_t channels, int32_t *results)
{
    tinyml_pool_some(window, channels, 0, 1, results);
}

TINYML_SMALL
void tinyml_average_pool_2d_s8(const tinyml_pool_2d_params *params, const int8_t *input, int8_t *output)
{
    TINYML_PARAMS(tinyml_pool_2d_params, p, params);
    tinyml_pool_2d(p, input, output, 1, 1, tinyml_pool_average);
}
