/* Elements of 32 and 64 bits of operands whose type params say. */
#ifndef TINYML_WORDS_H
#define TINYML_WORDS_H

#include "tinyml_core.h"

/* Word `place` of an operand. */
static inline int32_t tinyml_word(const void *operand, int32_t place, int8_t in_flash)
{
    int32_t word;
    if (in_flash) {
        return tinyml_read_i32((const int32_t *)operand + place);
    }
    memcpy(&word, (const int8_t *)operand + 4 * place, sizeof(word));
    return word;
}

/* Element `place` of an operand of int64, whose first word is the lower one. */
static inline int64_t tinyml_long(const void *operand, int32_t place, int8_t in_flash)
{
    const uint32_t low = (uint32_t)tinyml_word(operand, 2 * place, in_flash);
    const uint32_t high = (uint32_t)tinyml_word(operand, 2 * place + 1, in_flash);
    return (int64_t)((uint64_t)high << 32 | low);
}

#endif
