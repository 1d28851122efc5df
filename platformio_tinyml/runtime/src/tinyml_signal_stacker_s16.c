#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_signal_stacker_s16(const tinyml_signal_stacker_params *params, const int16_t *input, int16_t *state,
                               int16_t *output, int8_t *valid)
{
    TINYML_PARAMS(tinyml_signal_stacker_params, p, params);
    const int32_t size = p->frames * p->channels, step = p->step * p->channels;
    int16_t *const held = state + 1;
    int32_t count = state[0], more = count == 0 ? p->left + 1 : 1, i;
    count -= count > 0;
    for (; more > 0; more--, count++) {
        memcpy(held + count * p->channels, input, (uintptr_t)(2 * p->channels));
    }
    *valid = count == p->frames;
    for (i = 0; i < size; i++) {
        output[i] = *valid ? held[i] : 0;
    }
    if (*valid) {
        for (i = 0; i + step < size; i++) {
            held[i] = held[i + step];
        }
        count -= p->step;
    }
    state[0] = (int16_t)(count + 1);
}
