#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_signal_bits.h"

/* The natural logarithm of x, at least 2, times `scale`. */
static uint32_t tinyml_signal_log(uint32_t x, uint32_t scale, const int16_t *table)
{
    const int32_t whole = tinyml_signal_bits(x) - 1;
    const uint32_t above = x - (UINT32_C(1) << whole);
    const int32_t fraction = (int32_t)(whole < 16 ? above << (16 - whole) : above >> (whole - 16));
    const int32_t segment = fraction >> 9;
    const int32_t low = tinyml_read_i16(table + segment), high = tinyml_read_i16(table + segment + 1);
    const int32_t more = ((high - low) * (fraction - segment * 512)) >> 16;
    const uint32_t base2 = ((uint32_t)whole << 16) + (uint32_t)(fraction + low + more);
    const uint32_t natural = (uint32_t)((UINT64_C(45426) * base2 + 0x8000) >> 16); /* ln 2 */
    return (scale * natural + 0x8000) >> 16;
}

void tinyml_signal_filter_bank_log_u32(const tinyml_signal_filter_bank_log_params *params, const uint32_t *input,
                                       const int16_t *table, int16_t *output)
{
    TINYML_PARAMS(tinyml_signal_filter_bank_log_params, p, params);
    int32_t i;
    for (i = 0; i < p->size; i++) {
        const uint32_t x = input[i] << p->correction_bits;
        const uint32_t value = x > 1 ? tinyml_signal_log(x, (uint32_t)p->output_scale, table) : 0;
        output[i] = (int16_t)(value < 32767 ? value : 32767);
    }
}
