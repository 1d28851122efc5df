#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_signal_filter_bank_u32(const tinyml_signal_filter_bank_params *params, const uint32_t *input,
                                   const int16_t *weights, const int16_t *unweights, const int16_t *starts,
                                   const int16_t *weight_starts, const int16_t *widths, uint64_t *output)
{
    TINYML_PARAMS(tinyml_signal_filter_bank_params, p, params);
    uint64_t sum = 0, rest = 0;
    int32_t channel, i;
    for (channel = 0; channel <= p->channels; channel++) {
        const uint32_t *x = input + tinyml_read_i16(starts + channel);
        const int32_t first = tinyml_read_i16(weight_starts + channel), width = tinyml_read_i16(widths + channel);
        for (i = 0; i < width; i++) {
            sum += (uint64_t)tinyml_read_i16(weights + first + i) * x[i];
            rest += (uint64_t)tinyml_read_i16(unweights + first + i) * x[i];
        }
        if (channel > 0) {
            output[channel - 1] = sum;
        }
        sum = rest;
        rest = 0;
    }
}
