/* Sliding windows: which taps of a window lie inside the input. */
#ifndef TINYML_WINDOW_H
#define TINYML_WINDOW_H

#include "tinyml_core.h"

typedef struct {
    int16_t first;
    int16_t end; /* none if not above first */
} tinyml_taps;

/* Of `taps` taps, tap t at origin + t * dilation, those from 0 to size - 1. */
TINYML_OUTLINE TINYML_SMALL tinyml_taps tinyml_taps_inside(int32_t origin, int32_t size, int32_t taps, int32_t dilation)
{
    tinyml_taps inside;
    inside.first = (int16_t)(origin < 0 ? (dilation - 1 - origin) / dilation : 0);
    if (origin + (taps - 1) * dilation < size) {
        inside.end = (int16_t)taps;
    } else {
        inside.end = (int16_t)(origin < size ? (size - origin + dilation - 1) / dilation : 0);
    }
    return inside;
}

#endif
