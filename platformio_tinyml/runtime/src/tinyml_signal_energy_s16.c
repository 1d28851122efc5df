#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_signal_energy_s16(const tinyml_signal_energy_params *params, const int16_t *input, uint32_t *output)
{
    TINYML_PARAMS(tinyml_signal_energy_params, p, params);
    int32_t i;
    for (i = 0; i < p->size; i++) {
        const int32_t real = input[2 * i], imaginary = input[2 * i + 1];
        output[i] = i < p->start || i >= p->end ? 0 : (uint32_t)(real * real) + (uint32_t)(imaginary * imaginary);
    }
}
