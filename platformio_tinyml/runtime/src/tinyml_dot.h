/* One row of int8 times one of weights: LSTM, SVDF. */
#ifndef TINYML_DOT_H
#define TINYML_DOT_H

#include "tinyml_core.h"

/* `sum` and (x[i] + offset) * w[i] for i below n, modulo 2^32; w in flash. x[i] + offset fits 16 bits. */
TINYML_OUTLINE uint32_t tinyml_dot(const int8_t *x, int32_t offset, const int8_t *w, int32_t n, uint32_t sum)
{
    const int8_t *const end = x + n;
#if defined(TINYML_DSP)
    const int8_t *const fours = x + (n & ~INT32_C(3));
    const uint32_t offsets = (uint16_t)offset * UINT32_C(0x10001);
    for (; x != fours; x += 4, w += 4) {
        const uint32_t values = tinyml_load4(x), weights = tinyml_load4(w);
        sum = tinyml_add_products(tinyml_even_plus(offsets, values), tinyml_even(weights), sum);
        sum = tinyml_add_products(tinyml_odd_plus(offsets, values), tinyml_odd(weights), sum);
    }
#endif
    for (; x != end; x++, w++) {
        sum += (uint32_t)((*x + offset) * tinyml_read_i8(w));
    }
    return sum;
}

#endif
