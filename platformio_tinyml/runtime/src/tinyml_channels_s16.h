/* Four channels over one row of int16: the inner loop of FULLY_CONNECTED and CONV_2D. */
#ifndef TINYML_CHANNELS_S16_H
#define TINYML_CHANNELS_S16_H

#include "tinyml_outputs_s16.h"

/* Groups of 4 values whose products with any weights add up to less than 2^31. */
#define TINYML_GROUPS_OF_A_WORD 64

/* A row: whole groups of 4 values, and up to three more, filled up with zeros. */
typedef struct {
    const int16_t *values;
    int32_t groups;
    int16_t rest[4];
    int8_t has_rest;
} tinyml_row_s16;

TINYML_INLINE tinyml_row_s16 tinyml_row_of(const int16_t *values, int32_t n)
{
    tinyml_row_s16 row = {values, n >> 2, {0, 0, 0, 0}, (int8_t)((n & 3) != 0)};
    int32_t i;
    for (i = 0; i < (n & 3); i++) {
        row.rest[i] = values[(n & ~INT32_C(3)) + i];
    }
    return row;
}

/* `sum` and the products of 4 values with 4 weights, whose middle two are swapped: as SXTB16 takes them apart. */
TINYML_INLINE uint32_t tinyml_add_group(const int16_t *x, const int8_t *w, uint32_t sum)
{
#if defined(TINYML_DSP)
    const uint32_t weights = tinyml_load4(w);
    sum = tinyml_add_products(tinyml_even(weights), tinyml_load_pair(x), sum);
    return tinyml_add_products(tinyml_odd(weights), tinyml_load_pair(x + 2), sum);
#else
    sum += (uint32_t)((int32_t)x[0] * tinyml_read_i8(w));
    sum += (uint32_t)((int32_t)x[1] * tinyml_read_i8(w + 2));
    sum += (uint32_t)((int32_t)x[2] * tinyml_read_i8(w + 1));
    return sum + (uint32_t)((int32_t)x[3] * tinyml_read_i8(w + 3));
#endif
}

/* Adds to sums the products of so many groups with the weights of four channels; of one to three. */
TINYML_OUTLINE void tinyml_products_of_four(const int16_t *x, const int8_t *w, int32_t groups, uint32_t *sums)
{
    const int8_t *const end = w + 16 * groups;
    uint32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    for (; w != end; w += 16, x += 4) {
        a = tinyml_add_group(x, w, a);
        b = tinyml_add_group(x, w + 4, b);
        c = tinyml_add_group(x, w + 8, c);
        d = tinyml_add_group(x, w + 12, d);
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

TINYML_OUTLINE void tinyml_products_of_few(const int16_t *x, const int8_t *w, int32_t groups, int32_t channels, uint32_t *sums)
{
    const int16_t *const end = x + 4 * groups;
    const int32_t step = 4 * channels;
    for (; channels > 0; channels--, w += 4, sums++) {
        const int16_t *values = x;
        const int8_t *weights = w;
        uint32_t sum = *sums;
        for (; values != end; values += 4, weights += step) {
            sum = tinyml_add_group(values, weights, sum);
        }
        *sums = sum;
    }
}

TINYML_INLINE void tinyml_products(const int16_t *x, const int8_t *w, int32_t groups, int32_t channels, uint32_t *sums)
{
    if (channels == 4) {
        tinyml_products_of_four(x, w, groups, sums);
    } else {
        tinyml_products_of_few(x, w, groups, channels, sums);
    }
}

/* The same of a whole row, in 64 bits. */
TINYML_OUTLINE TINYML_SMALL void tinyml_totals_of_row(const tinyml_row_s16 *row, const int8_t *w, int32_t channels, int64_t *totals)
{
    const int16_t *x = row->values;
    int32_t left = row->groups, n, k;
    for (k = 0; k < channels; k++) {
        totals[k] = 0;
    }
    do {
        uint32_t sums[4];
        n = left > TINYML_GROUPS_OF_A_WORD ? TINYML_GROUPS_OF_A_WORD : left;
        for (k = 0; k < 4; k++) {
            sums[k] = 0;
        }
        tinyml_products(x, w, n, channels, sums);
        x += 4 * n;
        w += 4 * n * channels;
        left -= n;
        if (left == 0 && row->has_rest) {
            tinyml_products(row->rest, w, 1, channels, sums);
        }
        for (k = 0; k < channels; k++) {
            totals[k] += (int32_t)sums[k];
        }
    } while (left > 0);
}

/* Outputs `channel` to `end` - 1 of a row, four at a time: the row is read for all of them before the first is written.
   w is theirs; where those of the next channels are. */
TINYML_OUTLINE TINYML_SMALL const int8_t *tinyml_channels_s16(const tinyml_row_s16 *row, const int8_t *w,
                                                              const tinyml_outputs_s16 *outputs, int32_t channel, int32_t end,
                                                              int16_t *output)
{
    const int32_t whole = 4 * row->groups, size = whole + (row->has_rest ? 4 : 0);
    int32_t count, k;
    for (; channel < end; channel += count, output += count) {
        count = end - channel < 4 ? end - channel : 4;
        if (outputs->sums == TINYML_SUMS_LONG) {
            int64_t totals[4];
            tinyml_totals_of_row(row, w, count, totals);
            for (k = 0; k < count; k++) {
                output[k] = tinyml_output_of_long(outputs, channel + k, totals[k]);
            }
        } else {
            uint32_t sums[4];
            sums[0] = sums[1] = sums[2] = sums[3] = 0;
            tinyml_products(row->values, w, row->groups, count, sums);
            if (row->has_rest) {
                tinyml_products(row->rest, w + whole * count, 1, count, sums);
            }
            for (k = 0; k < count; k++) {
                output[k] = tinyml_output_of_word(outputs, channel + k, sums[k]);
            }
        }
        w += size * count;
    }
    return w;
}

#endif
