/* Weights of 4 bits. */
#ifndef TINYML_PACKED_H
#define TINYML_PACKED_H

#include "tinyml_core.h"

/* Bytes of scratch for the weights of a piece, unpacked: so many values of two channels of CONV_2D, of four of FULLY_CONNECTED. */
enum { TINYML_UNPACKED = 256, TINYML_PIECE_OF_PAIR = 32, TINYML_PIECE_OF_FOUR = 16 };

/* So many words of 4 weights as int8. A word of `from`, in flash, has one in the low halves of its bytes and the next in the high
   ones; where their number is odd, the last high ones are left over. Where the next word of `from` is. */
#if defined(__AVR__)

TINYML_OUTLINE const int8_t *tinyml_unpack(const int8_t *from, int8_t *to, int32_t words)
{
    uint8_t k;
    for (; words > 0; words -= 2, from += 4, to += 8) {
        for (k = 0; k < 4; k++) {
            const uint8_t byte = (uint8_t)tinyml_read_i8(from + k);
            to[k] = (int8_t)((byte & 15) - ((byte & 8) << 1));
            to[k + 4] = (int8_t)((byte >> 4) - ((byte >> 3) & 16));
        }
    }
    return from;
}

#else

#if defined(__GNUC__)
#define TINYML_WORDS(bytes) __builtin_assume_aligned((bytes), 4)
#else
#define TINYML_WORDS(bytes) (bytes)
#endif

TINYML_OUTLINE const int8_t *tinyml_unpack(const int8_t *from, int8_t *to, int32_t words)
{
    for (; words > 0; words -= 2, from += 4, to += 8) {
        uint32_t low, high;
        memcpy(&high, TINYML_WORDS(from), 4);
        low = high & UINT32_C(0x0f0f0f0f);
        high = high >> 4 & UINT32_C(0x0f0f0f0f);
        low += (low & UINT32_C(0x08080808)) * 30; /* of a negative one the upper four bits */
        high += (high & UINT32_C(0x08080808)) * 30;
        memcpy(TINYML_WORDS(to), &low, 4);
        memcpy(TINYML_WORDS(to + 4), &high, 4);
    }
    return from;
}

#endif

#endif
