/* The larger or smaller of two int8: MAXIMUM, MINIMUM. */
#ifndef TINYML_EXTREME_H
#define TINYML_EXTREME_H

#include "tinyml_core.h"

/* Of each byte of two words the larger or smaller. */
#if defined(TINYML_ASSEMBLY)

/* One comparison sets a flag for each byte, by which bytes are selected. */
TINYML_INLINE uint32_t tinyml_extreme_4(uint32_t x, uint32_t y, int8_t is_larger)
{
    uint32_t result;
    if (is_larger) {
        __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(x), "r"(y) : "cc");
    } else {
        __asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(result) : "r"(x), "r"(y) : "cc");
    }
    return result;
}

#else

/* x is not less where the lower 7 bits are not, or, where signs differ, y is negative. */
TINYML_INLINE uint32_t tinyml_extreme_4(uint32_t x, uint32_t y, int8_t is_larger)
{
    const uint32_t signs = UINT32_C(0x80808080), apart = x ^ y, lower = (x | signs) - (y & ~signs);
    const uint32_t not_less = (lower ^ ((lower ^ y) & apart)) & signs, bytes = (not_less << 1) - (not_less >> 7);
    return (is_larger ? y : x) ^ (apart & bytes);
}

#endif

/* n outputs of two runs; `is_larger` is a constant wherever it is asked for. */
TINYML_INLINE void tinyml_extreme_run(const int8_t *in1, const int8_t *in2, int8_t *output, int32_t n, int8_t is_larger)
{
#if defined(TINYML_HELIUM)
    for (; n >= 16; n -= 16, in1 += 16, in2 += 16, output += 16) {
        const int8x16_t x = vldrbq_s8(in1), y = vldrbq_s8(in2);
        vstrbq_s8(output, is_larger ? vmaxq_s8(x, y) : vminq_s8(x, y));
    }
    if (n > 0) {
        const mve_pred16_t some = vctp8q((uint32_t)n);
        const int8x16_t x = vldrbq_z_s8(in1, some), y = vldrbq_z_s8(in2, some);
        vstrbq_p_s8(output, is_larger ? vmaxq_s8(x, y) : vminq_s8(x, y), some);
    }
#else
    const int8_t *const end = in1 + n;
    if (tinyml_are_words((uintptr_t)in1 | (uintptr_t)in2 | (uintptr_t)output)) {
        const int8_t *const words = in1 + (n & ~INT32_C(3));
        for (; in1 != words; in1 += 4, in2 += 4, output += 4) {
            tinyml_store4(output, tinyml_extreme_4(tinyml_load4(in1), tinyml_load4(in2), is_larger));
        }
    }
    while (in1 != end) {
        const int8_t x = *in1++, y = *in2++;
        *output++ = is_larger ? (x > y ? x : y) : (x < y ? x : y);
    }
#endif
}

#endif
