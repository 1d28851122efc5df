/* How many bits a number has. */
#ifndef TINYML_SIGNAL_BITS_H
#define TINYML_SIGNAL_BITS_H

#include "tinyml_core.h"

static inline int32_t tinyml_signal_bits(uint32_t x)
{
    int32_t bits = 0;
    for (; x != 0; x >>= 1) {
        bits++;
    }
    return bits;
}

#endif
