#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_saturate_16.h"

void tinyml_signal_overlap_add_s16(const tinyml_signal_overlap_add_params *params, const int16_t *input, int16_t *state,
                                   int16_t *output)
{
    TINYML_PARAMS(tinyml_signal_overlap_add_params, p, params);
    int32_t row, frame, i;
    for (row = 0; row < p->rows; row++, state += p->size) {
        for (frame = 0; frame < p->frames; frame++, input += p->size) {
            for (i = 0; i < p->size; i++) {
                const int16_t sum = tinyml_saturate_16((int32_t)input[i] + state[i]);
                if (i < p->step) {
                    *output++ = sum;
                } else {
                    state[i - p->step] = sum;
                }
            }
            for (i = p->size - p->step; i < p->size; i++) {
                state[i] = 0;
            }
        }
    }
}
