#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_signal_filter_bank_spectral_subtraction_u32(
    const tinyml_signal_filter_bank_spectral_subtraction_params *params, const uint32_t *input, uint32_t *state,
    uint32_t *output, uint32_t *estimate)
{
    TINYML_PARAMS(tinyml_signal_filter_bank_spectral_subtraction_params, p, params);
    int32_t i;
    for (i = 0; i < p->size; i++) {
        const uint32_t smoothing = (uint32_t)(i & 1 ? p->alternate_smoothing : p->smoothing);
        const uint32_t rest = (uint32_t)(i & 1 ? p->alternate_one_minus_smoothing : p->one_minus_smoothing);
        const uint32_t signal = input[i] << p->smoothing_bits;
        const uint64_t sum = (uint64_t)signal * smoothing + (uint64_t)state[i] * rest;
        uint32_t noise = (uint32_t)(sum >> p->subtraction_bits), left, least;
        state[i] = noise;
        if (noise > signal) {
            noise = signal;
            if (p->clamping) {
                state[i] = noise;
            }
        }
        least = (uint32_t)(((uint64_t)input[i] * (uint64_t)p->min_signal_remaining) >> p->subtraction_bits);
        left = (signal - noise) >> p->smoothing_bits;
        output[i] = left > least ? left : least;
        estimate[i] = state[i];
    }
}
