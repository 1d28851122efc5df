/* Floats in params. */
#ifndef TINYML_FLOAT_H
#define TINYML_FLOAT_H

#include <stdint.h>
#include <string.h>

/* The float whose IEEE 754 binary32 representation is `bits`. */
static inline float tinyml_float_of_bits(int32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

#endif
