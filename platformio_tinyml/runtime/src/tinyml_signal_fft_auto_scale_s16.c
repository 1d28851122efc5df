#include "tinyml_core.h"

#include "tinyml_kernels.h"

/* The largest absolute value in 16 bits, as TFLM finds it: one of -2^15 stands as itself until anything larger comes. */
static int16_t tinyml_signal_largest(const int16_t *input, int32_t size)
{
    int16_t largest = 0;
    int32_t i;
    for (i = 0; i < size; i++) {
        if (input[i] > largest) {
            largest = input[i];
        } else if (-(int32_t)input[i] > largest) {
            largest = (int16_t)-(int32_t)input[i];
        }
    }
    return largest;
}

void tinyml_signal_fft_auto_scale_s16(const tinyml_signal_fft_auto_scale_params *params, const int16_t *input,
                                      int16_t *output, int32_t *scale_bits)
{
    TINYML_PARAMS(tinyml_signal_fft_auto_scale_params, p, params);
    const int16_t largest = tinyml_signal_largest(input, p->size);
    int32_t bits = 0, i;
    if (largest > 0) { /* nothing but zeros is not shifted */
        for (i = largest; i < 0x4000; i += i) {
            bits++;
        }
    }
    for (i = 0; i < p->size; i++) {
        output[i] = (int16_t)(input[i] * (INT32_C(1) << bits));
    }
    *scale_bits = bits;
}
