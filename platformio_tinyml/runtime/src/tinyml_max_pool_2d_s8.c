#include "tinyml_pool.h"

#include "tinyml_extreme.h"

TINYML_OUTLINE void tinyml_pool_max(const tinyml_pool_window *window, int32_t channels, int32_t *results)
{
#if defined(TINYML_ASSEMBLY)
    if (channels == 4) {
        const int32_t depth = window->depth, columns = window->columns;
        const int8_t *row = window->values;
        uint32_t most = UINT32_C(0x80808080);
        int32_t y, x;
        for (y = window->rows; y > 0; y--, row += window->pitch) {
            const int8_t *in = row;
            for (x = columns; x > 0; x--, in += depth) {
                most = tinyml_extreme_4(most, tinyml_load4(in), 1);
            }
        }
        for (y = 0; y < 4; y++, most >>= 8) {
            results[y] = (int8_t)most;
        }
        return;
    }
#endif
    tinyml_pool_some(window, channels, 1, 1, results);
}

TINYML_SMALL
void tinyml_max_pool_2d_s8(const tinyml_pool_2d_params *params, const int8_t *input, int8_t *output)
{
    TINYML_PARAMS(tinyml_pool_2d_params, p, params);
    tinyml_pool_2d(p, input, output, TINYML_POOL_MAX, 1, tinyml_pool_max);
}
