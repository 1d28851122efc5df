/* SOFTMAX of int8, whatever its exponentials come from, to int8 or int16. */
#ifndef TINYML_SOFTMAX_H
#define TINYML_SOFTMAX_H

#include "tinyml_core.h"

#include "tinyml_exponential.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"
#include "tinyml_reciprocal.h"

/* `exponential` is exp(multiplier * difference) as q0, of a difference between params->diff_min and 0; `table` is its own.
   An output has `bits`, 8 or 16. */
TINYML_INLINE void tinyml_softmax(const tinyml_softmax_params *p, const int8_t *input, const int32_t *table, void *output,
                                  int8_t bits, int32_t (*exponential)(const tinyml_softmax_params *, const int32_t *, int32_t))
{
    int8_t *bytes = (int8_t *)output;
    int16_t *halves = (int16_t *)output;
    int32_t row, i;
    for (row = 0; row < p->rows; row++) {
        int8_t most = -128;
        uint32_t sum = 0; /* q12, the highest bit is never set */
        int32_t reciprocal;
        int32_t shift = 12 + 31 - bits;
        for (i = 0; i < p->depth; i++) {
            if (input[i] > most) {
                most = input[i];
            }
        }
        for (i = 0; i < p->depth; i++) {
            const int32_t difference = (int32_t)input[i] - most;
            if (difference >= p->diff_min) {
                sum += (uint32_t)tinyml_shift_right(exponential(p, table, difference), 12);
            }
        }
        /* sum = 2^n * (1 + x): 1 / (1 + x) now, 2^n with the last shift. */
        do {
            sum <<= 1;
            shift--;
        } while (!(sum & UINT32_C(0x80000000)));
        reciprocal = tinyml_reciprocal((int32_t)(sum & UINT32_C(0x7FFFFFFF)));
        for (i = 0; i < p->depth; i++) {
            const int32_t difference = (int32_t)input[i] - most;
            int32_t probability = 0;
            /* A sum of 512 or more leaves every probability below 1/2 of an output step. */
            if (difference >= p->diff_min && shift <= 31) {
                probability = tinyml_multiply_high(reciprocal, exponential(p, table, difference));
                probability = tinyml_shift_right(probability, shift);
            }
            if (bits == 8) {
                *bytes++ = tinyml_output(probability, -128, -128, 127);
            } else {
                *halves++ = (int16_t)(probability > 65535 ? 32767 : probability - 32768);
            }
        }
        input += p->depth;
    }
}

/* Without a table. */
TINYML_UNUSED static int32_t tinyml_softmax_computed(const tinyml_softmax_params *p, const int32_t *table TINYML_UNUSED,
                                                     int32_t difference)
{
    return tinyml_exp_q5(tinyml_multiply_high(tinyml_shift_left(difference, p->shift), p->multiplier));
}

#endif
