/* Comparisons by what is less and what is equal. */
#ifndef TINYML_COMPARE_H
#define TINYML_COMPARE_H

#include "tinyml_core.h"

#include "tinyml_kernels.h"

/* Of numbers that compare at all. */
static inline int8_t tinyml_holds(int8_t kind, int8_t is_less, int8_t is_equal)
{
    switch (kind) {
    case TINYML_EQUAL:
        return is_equal;
    case TINYML_NOT_EQUAL:
        return !is_equal;
    case TINYML_GREATER:
        return !is_less && !is_equal;
    case TINYML_GREATER_EQUAL:
        return !is_less;
    case TINYML_LESS:
        return is_less;
    default: /* TINYML_LESS_EQUAL */
        return is_less || is_equal;
    }
}

#endif
