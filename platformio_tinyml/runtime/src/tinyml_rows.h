/* One row of values times four at a time: BATCH_MATMUL, TRANSPOSE_CONV. All sums are modulo 2^32. */
#ifndef TINYML_ROWS_H
#define TINYML_ROWS_H

#include "tinyml_core.h"

/* Values `step` bytes apart, each with `offset` added before it is multiplied. */
typedef struct {
    const int8_t *at;
    int32_t step;
    int16_t offset;
    int8_t in_flash;
} tinyml_row;

/* Adds to sum[0] to sum[3] what the n values of x make with those of four rows, which are y's, and begin at y[0] to y[3]. */
TINYML_INLINE void tinyml_add_rows(uint32_t *sum, const tinyml_row *x, const tinyml_row *y, const int8_t *const *at, int32_t n)
{
    const int8_t *value = x->at, *y0 = at[0], *y1 = at[1], *y2 = at[2], *y3 = at[3];
    const int32_t more = y->offset;
    uint32_t sum0 = sum[0], sum1 = sum[1], sum2 = sum[2], sum3 = sum[3], total = 0;
    for (; n > 0; n--) {
        const int32_t factor = tinyml_read_either(value, x->in_flash) + x->offset;
        total += (uint32_t)factor;
        sum0 += (uint32_t)(factor * tinyml_read_either(y0, y->in_flash));
        sum1 += (uint32_t)(factor * tinyml_read_either(y1, y->in_flash));
        sum2 += (uint32_t)(factor * tinyml_read_either(y2, y->in_flash));
        sum3 += (uint32_t)(factor * tinyml_read_either(y3, y->in_flash));
        value += x->step;
        y0 += y->step;
        y1 += y->step;
        y2 += y->step;
        y3 += y->step;
    }
    total *= (uint32_t)more;
    sum[0] = sum0 + total;
    sum[1] = sum1 + total;
    sum[2] = sum2 + total;
    sum[3] = sum3 + total;
}

#if defined(TINYML_DSP)

TINYML_INLINE uint32_t tinyml_halves(int16_t value)
{
    return (uint16_t)value * UINT32_C(0x10001);
}

/* The same of rows without gaps, n a multiple of 4. */
TINYML_INLINE void tinyml_add_rows_by_words(uint32_t *sum, const tinyml_row *x, const tinyml_row *y, const int8_t *const *at,
                                            int32_t n)
{
    const int8_t *value = x->at, *y0 = at[0], *y1 = at[1], *y2 = at[2], *y3 = at[3];
    const uint32_t more_x = tinyml_halves(x->offset), more_y = tinyml_halves(y->offset);
    uint32_t sum0 = sum[0], sum1 = sum[1], sum2 = sum[2], sum3 = sum[3];
    int32_t k;
    for (k = 0; k < n; k += 4) {
        uint32_t word, even, odd;
        TINYML_KEEP(k); /* or each row has a pointer of its own, and is spilled */
        word = tinyml_load4(value + k);
        even = tinyml_even_plus(more_x, word);
        odd = tinyml_odd_plus(more_x, word);
        word = tinyml_load4(y0 + k);
        sum0 = tinyml_add_products(even, tinyml_even_plus(more_y, word), sum0);
        sum0 = tinyml_add_products(odd, tinyml_odd_plus(more_y, word), sum0);
        word = tinyml_load4(y1 + k);
        sum1 = tinyml_add_products(even, tinyml_even_plus(more_y, word), sum1);
        sum1 = tinyml_add_products(odd, tinyml_odd_plus(more_y, word), sum1);
        word = tinyml_load4(y2 + k);
        sum2 = tinyml_add_products(even, tinyml_even_plus(more_y, word), sum2);
        sum2 = tinyml_add_products(odd, tinyml_odd_plus(more_y, word), sum2);
        word = tinyml_load4(y3 + k);
        sum3 = tinyml_add_products(even, tinyml_even_plus(more_y, word), sum3);
        sum3 = tinyml_add_products(odd, tinyml_odd_plus(more_y, word), sum3);
    }
    sum[0] = sum0;
    sum[1] = sum1;
    sum[2] = sum2;
    sum[3] = sum3;
}

/* Halves of two words as one: the lower ones, the upper ones. */
TINYML_INLINE uint32_t tinyml_lower(uint32_t a, uint32_t b)
{
    return (a & 0xffff) | b << 16;
}

TINYML_INLINE uint32_t tinyml_upper(uint32_t a, uint32_t b)
{
    return (b & 0xffff0000u) | a >> 16;
}

/* The same of rows that lie side by side from `from` on, y's values y->step bytes apart. */
TINYML_INLINE void tinyml_add_columns_by_words(uint32_t *sum, const tinyml_row *x, const tinyml_row *y, const int8_t *from,
                                               int32_t n)
{
    const int8_t *value = x->at, *const end = x->at + n;
    const int32_t step = y->step;
    const uint32_t more_x = tinyml_halves(x->offset), more_y = tinyml_halves(y->offset);
    uint32_t sum0 = sum[0], sum1 = sum[1], sum2 = sum[2], sum3 = sum[3];
    while (value != end) {
        const uint32_t word = tinyml_load4(value), even = tinyml_even_plus(more_x, word), odd = tinyml_odd_plus(more_x, word);
        const int8_t *const second = from + step, *const third = second + step;
        uint32_t one = tinyml_load4(from), two = tinyml_load4(third);
        uint32_t a = tinyml_even_plus(more_y, one), b = tinyml_even_plus(more_y, two);
        sum0 = tinyml_add_products(even, tinyml_lower(a, b), sum0);
        sum2 = tinyml_add_products(even, tinyml_upper(a, b), sum2);
        a = tinyml_odd_plus(more_y, one);
        b = tinyml_odd_plus(more_y, two);
        sum1 = tinyml_add_products(even, tinyml_lower(a, b), sum1);
        sum3 = tinyml_add_products(even, tinyml_upper(a, b), sum3);
        one = tinyml_load4(second);
        from = third + step;
        two = tinyml_load4(from);
        from += step;
        a = tinyml_even_plus(more_y, one);
        b = tinyml_even_plus(more_y, two);
        sum0 = tinyml_add_products(odd, tinyml_lower(a, b), sum0);
        sum2 = tinyml_add_products(odd, tinyml_upper(a, b), sum2);
        a = tinyml_odd_plus(more_y, one);
        b = tinyml_odd_plus(more_y, two);
        sum1 = tinyml_add_products(odd, tinyml_lower(a, b), sum1);
        sum3 = tinyml_add_products(odd, tinyml_upper(a, b), sum3);
        value += 4;
    }
    sum[0] = sum0;
    sum[1] = sum1;
    sum[2] = sum2;
    sum[3] = sum3;
}

#endif

#endif
