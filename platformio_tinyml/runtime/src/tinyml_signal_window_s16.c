#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_saturate_16.h"

void tinyml_signal_window_s16(const tinyml_signal_window_params *params, const int16_t *input, const int16_t *window,
                              int16_t *output)
{
    TINYML_PARAMS(tinyml_signal_window_params, p, params);
    int32_t row, i;
    for (row = 0; row < p->rows; row++) {
        for (i = 0; i < p->size; i++) {
            *output++ = tinyml_saturate_16(((int32_t)*input++ * tinyml_read_i16(window + i)) >> p->shift);
        }
    }
}
