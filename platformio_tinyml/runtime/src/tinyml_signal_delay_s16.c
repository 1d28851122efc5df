#include "tinyml_core.h"

#include "tinyml_kernels.h"

/* Sample by sample through the state: row by row what went in `delay` samples before. */
void tinyml_signal_delay_s16(const tinyml_signal_delay_params *params, const int16_t *input, int16_t *state,
                             int16_t *output)
{
    TINYML_PARAMS(tinyml_signal_delay_params, p, params);
    int32_t row, i;
    for (row = 0; row < p->rows; row++, input += p->size, output += p->size, state += p->delay) {
        for (i = 0; i < p->size; i++) {
            output[i] = i < p->delay ? state[i] : input[i - p->delay];
        }
        for (i = 0; i < p->delay; i++) {
            state[i] = i + p->size < p->delay ? state[i + p->size] : input[i + p->size - p->delay];
        }
    }
}
