#include "tinyml_core.h"

#include "tinyml_kernels.h"

/* Bit by bit, then rounded; what has 32 bits gives at most 2^16 - 1. */
static uint32_t tinyml_signal_root(uint64_t value)
{
    const uint64_t most = value >> 32 ? UINT32_MAX : UINT16_MAX;
    uint64_t root = 0, bit = value >> 32 ? UINT64_C(1) << 62 : UINT64_C(1) << 30;
    while (bit > value) {
        bit >>= 2;
    }
    for (; bit != 0; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)(root + (value > root && root != most));
}

void tinyml_signal_filter_bank_square_root_u64(const tinyml_signal_filter_bank_square_root_params *params,
                                               const uint64_t *input, const int32_t *scale_bits, uint32_t *output)
{
    TINYML_PARAMS(tinyml_signal_filter_bank_square_root_params, p, params);
    int32_t i;
    for (i = 0; i < p->size; i++) {
        output[i] = tinyml_signal_root(input[i]) >> (*scale_bits & 31);
    }
}
