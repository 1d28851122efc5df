#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_signal_framer_s16(const tinyml_signal_framer_params *params, const int16_t *input, int16_t *state,
                              int16_t *output, int8_t *valid)
{
    TINYML_PARAMS(tinyml_signal_framer_params, p, params);
    const int32_t kept = p->window - p->step;
    int16_t *const missing = state++, left = *missing;
    int32_t row, frame, i;
    *valid = 1;
    for (row = 0; row < p->rows; row++, state += kept) {
        left = *missing;
        for (frame = 0; frame < p->frames; frame++, input += p->step, output += p->size) {
            for (i = 0; i < p->size; i++) {
                output[i] = left > 0 ? 0 : i < kept ? state[i] : input[i - kept];
            }
            for (i = 0; i < kept; i++) {
                state[i] = i + p->step < kept ? state[i + p->step] : input[i + p->step - kept];
            }
            if (left > 0) {
                left--;
                *valid = 0;
            }
        }
    }
    *missing = left;
}
