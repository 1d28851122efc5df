/* How columns come to lie in scratch, two by two, for the loops of tinyml_columns.h. */
#ifndef TINYML_COLUMN_LAYOUT_H
#define TINYML_COLUMN_LAYOUT_H

#include "tinyml_tile.h"

/* So many rows of n values, each `pitch` bytes behind the one before. */
typedef struct {
    const int8_t *values;
    int32_t pitch;
    int32_t n;
    int32_t rows;
} tinyml_rows;

#if defined(TINYML_HELIUM)

typedef int8_t tinyml_lane;
enum { TINYML_COLUMN_LANES = 4, TINYML_GROUP_LANES = 8 };

/* Puts rows of n values to the column at `to`, zeros behind them up to a multiple of 4, a row `step` lanes behind the one before. */
TINYML_OUTLINE void tinyml_column_append(const tinyml_rows *from, tinyml_lane *to, int32_t step)
{
    const uint32x4_t offsets = tinyml_offsets(TINYML_GROUP_LANES);
    const mve_pred16_t bytes = vctp8q((uint32_t)from->n & 15), words = vctp32q((((uint32_t)from->n & 15) + 3) >> 2);
    const int8_t *row = from->values;
    int32_t rows;
    for (rows = from->rows; rows > 0; rows--, row += from->pitch, to += step) {
        const int8_t *values = row;
        tinyml_lane *lanes = to;
        int32_t n = from->n;
        for (; n >= 16; n -= 16, values += 16, lanes += 4 * TINYML_GROUP_LANES) {
            vstrwq_scatter_offset_s32((int32_t *)(void *)lanes, offsets, vreinterpretq_s32_s8(vldrbq_s8(values)));
        }
        if (n > 0) {
            const int8x16_t last = vldrbq_z_s8(values, bytes);
            vstrwq_scatter_offset_p_s32((int32_t *)(void *)lanes, offsets, vreinterpretq_s32_s8(last), words);
        }
    }
}

/* Both columns of n values, a multiple of 4, that lie at `places` behind where two windows begin. */
TINYML_OUTLINE void tinyml_column_gather(const int8_t *first, const int8_t *second, const uint16_t *places, tinyml_lane *to, int32_t n)
{
    static const uint16_t interleaved[8] = {0, 1, 2, 3, 8, 9, 10, 11};
    const uint16x8_t lanes = vldrhq_u16(interleaved);
    for (; n >= 8; n -= 8, places += 8, to += 2 * TINYML_GROUP_LANES) {
        const uint16x8_t at = vldrhq_u16(places);
        vstrbq_scatter_offset_s16(to, lanes, vldrbq_gather_offset_s16(first, at));
        vstrbq_scatter_offset_s16(to + 4, lanes, vldrbq_gather_offset_s16(second, at));
    }
    if (n > 0) {
        const mve_pred16_t some = vctp16q(4);
        const uint16x8_t at = vldrhq_z_u16(places, some);
        vstrbq_scatter_offset_p_s16(to, lanes, vldrbq_gather_offset_z_s16(first, at, some), some);
        vstrbq_scatter_offset_p_s16(to + 4, lanes, vldrbq_gather_offset_z_s16(second, at, some), some);
    }
}

#elif defined(TINYML_DSP)

typedef uint32_t tinyml_lane;
enum { TINYML_COLUMN_LANES = 2, TINYML_GROUP_LANES = 4 }; /* of one column's group, of both columns' */

/* Appends 4 values. */
TINYML_INLINE void tinyml_column_append_4(tinyml_lane **to, const int8_t **values)
{
#if defined(TINYML_ASSEMBLY)
    uint32_t odd, even;
    __asm__ volatile("ldr %0, [%3], #4\n\tsxtb16 %1, %0\n\tsxtb16 %0, %0, ror #8\n\tstrd %1, %0, [%2], #16"
                     : "=&r"(odd), "=&r"(even), "+r"(*to), "+r"(*values)
                     :
                     : "memory");
#else
    const uint32_t word = tinyml_load4(*values);
    (*to)[0] = tinyml_even(word);
    (*to)[1] = tinyml_odd(word);
    *to += TINYML_GROUP_LANES;
    *values += 4;
#endif
}

TINYML_OUTLINE void tinyml_column_append(const tinyml_rows *from, tinyml_lane *to, int32_t step)
{
    const int32_t n = from->n, pitch = from->pitch;
    const int8_t *row = from->values;
    int32_t rows;
    for (rows = from->rows; rows > 0; rows--, row += pitch, to += step) {
        const int8_t *values = row, *const end = row + n;
        tinyml_lane *lanes = to;
        if (n & 4) {
            tinyml_column_append_4(&lanes, &values);
        }
        while (values != end) {
            tinyml_column_append_4(&lanes, &values);
            tinyml_column_append_4(&lanes, &values);
        }
    }
}

#else

typedef int8_t tinyml_lane;
enum { TINYML_COLUMN_LANES = 4, TINYML_GROUP_LANES = 8 };

TINYML_OUTLINE void tinyml_column_append(const tinyml_rows *from, tinyml_lane *to, int32_t step)
{
    const int8_t *row = from->values;
    int32_t rows;
    for (rows = from->rows; rows > 0; rows--, row += from->pitch, to += step) {
        const int8_t *values = row, *const end = row + from->n;
        tinyml_lane *lanes = to;
        if (tinyml_are_words((uintptr_t)values)) {
            for (; values != end; values += 4, lanes += TINYML_GROUP_LANES) {
                tinyml_store4(lanes, tinyml_load4(values));
            }
        }
        for (; values != end; values += 4, lanes += TINYML_GROUP_LANES) {
            lanes[0] = values[0];
            lanes[1] = values[1];
            lanes[2] = values[2];
            lanes[3] = values[3];
        }
    }
}

#endif

/* The same of n times one value. */
#if defined(TINYML_DSP) && !defined(TINYML_HELIUM)

TINYML_OUTLINE tinyml_lane *tinyml_column_fill(tinyml_lane *to, int8_t value, int32_t n)
{
    const uint32_t word = (uint32_t)(uint16_t)value * UINT32_C(0x10001);
    for (; n > 0; n -= 4, to += TINYML_GROUP_LANES) {
        to[0] = word;
        to[1] = word;
    }
    return to;
}

#else

TINYML_OUTLINE tinyml_lane *tinyml_column_fill(tinyml_lane *to, int8_t value, int32_t n)
{
    const uint32_t word = (uint8_t)value * UINT32_C(0x01010101);
    for (; n > 0; n -= 4, to += TINYML_GROUP_LANES) {
        tinyml_store4(to, word);
    }
    return to;
}

#endif

#endif
