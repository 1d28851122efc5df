/* The larger or smaller of two int8: MAXIMUM, MINIMUM. */
#ifndef TINYML_EXTREME_H
#define TINYML_EXTREME_H

#include "tinyml_core.h"

/* Of each byte of two words the larger or smaller: one comparison sets a flag for each, by which bytes are selected. */
#if defined(TINYML_ASSEMBLY)

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

#endif

/* n outputs of two runs; `is_larger` is a constant wherever it is asked for. */
TINYML_INLINE void tinyml_extreme_run(const int8_t *in1, const int8_t *in2, int8_t *output, int32_t n, int8_t is_larger)
{
    const int8_t *const end = in1 + n;
#if defined(TINYML_ASSEMBLY)
    for (; end - in1 >= 4; in1 += 4, in2 += 4, output += 4) {
        const uint32_t four = tinyml_extreme_4(tinyml_load4(in1), tinyml_load4(in2), is_larger);
        memcpy(output, &four, 4);
    }
#endif
    while (in1 != end) {
        const int8_t x = *in1++, y = *in2++;
        *output++ = is_larger ? (x > y ? x : y) : (x < y ? x : y);
    }
}

#endif
