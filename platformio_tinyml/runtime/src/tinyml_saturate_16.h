/* int32 to int16, from end to end. */
#ifndef TINYML_SATURATE_16_H
#define TINYML_SATURATE_16_H

#include "tinyml_core.h"

TINYML_INLINE int16_t tinyml_saturate_16(int32_t value)
{
    return (int16_t)(value < -32768 ? -32768 : value > 32767 ? 32767 : value);
}

#endif
