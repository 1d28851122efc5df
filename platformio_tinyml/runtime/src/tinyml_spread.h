/* Which inputs of a transposed convolution reach an output, along one axis. */
#ifndef TINYML_SPREAD_H
#define TINYML_SPREAD_H

#include "tinyml_core.h"

/* Inputs `first` to `end` - 1; input n by tap `place` - n * stride. */
typedef struct {
    int32_t first;
    int32_t end;
    int32_t place;
} tinyml_spread;

/* `place` is the output's index plus the padding, at least 0. */
static inline tinyml_spread tinyml_spread_of(int32_t place, int32_t inputs, int32_t taps, int32_t stride)
{
    tinyml_spread spread;
    spread.place = place;
    spread.first = place < taps ? 0 : (place - taps) / stride + 1;
    spread.end = place / stride + 1;
    if (spread.end > inputs) {
        spread.end = inputs;
    }
    return spread;
}

#endif
