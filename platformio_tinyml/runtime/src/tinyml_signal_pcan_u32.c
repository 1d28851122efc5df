#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_signal_bits.h"

/* A function of x by a square polynomial for each power of two. */
static int16_t tinyml_signal_gain(uint32_t x, const int16_t *gains)
{
    int32_t bits, fraction, value;
    if (x <= 2) {
        return tinyml_read_i16(gains + x);
    }
    bits = tinyml_signal_bits(x);
    gains += 4 * bits - 6;
    fraction = (int32_t)((bits < 11 ? x << (11 - bits) : x >> (bits - 11)) & 0x3ff);
    value = (tinyml_read_i16(gains + 2) * fraction) >> 5;
    value += tinyml_read_i16(gains + 1) * 32;
    value = (int32_t)((uint32_t)value * (uint32_t)fraction + (1 << 14)) >> 15;
    return (int16_t)(value + tinyml_read_i16(gains));
}

/* Of 12 fractional bits, the result of 6: x^2 / 4 below 2, else x - 1. */
static uint32_t tinyml_signal_shrink(uint32_t x)
{
    return x < (2 << 12) ? (x * x) >> (2 + 2 * 12 - 6) : (x >> 6) - (1 << 6);
}

void tinyml_signal_pcan_u32(const tinyml_signal_pcan_params *params, const uint32_t *input, const uint32_t *noise,
                            const int16_t *gains, uint32_t *output)
{
    TINYML_PARAMS(tinyml_signal_pcan_params, p, params);
    int32_t i;
    for (i = 0; i < p->size; i++) {
        const uint32_t gain = (uint32_t)tinyml_signal_gain(noise[i], gains);
        output[i] = tinyml_signal_shrink((uint32_t)(((uint64_t)input[i] * gain) >> p->snr_shift));
    }
}
