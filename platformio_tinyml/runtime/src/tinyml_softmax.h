/* SOFTMAX of int8, whatever its exponentials come from, to int8 or int16. */
#ifndef TINYML_SOFTMAX_H
#define TINYML_SOFTMAX_H

#include "tinyml_core.h"

#include "tinyml_exponential.h"
#include "tinyml_fixed_point.h"
#include "tinyml_helium.h"
#include "tinyml_kernels.h"
#include "tinyml_reciprocal.h"

/* The largest of n values. */
TINYML_INLINE int8_t tinyml_most(const int8_t *input, int32_t n)
{
    int8_t most = -128;
    int32_t i;
#if defined(TINYML_HELIUM)
    for (i = 0; i < n; i += 16) {
        const mve_pred16_t active = vctp8q((uint32_t)(n - i));
        most = vmaxvq_p_s8(most, vldrbq_z_s8(input + i, active), active);
    }
#else
    for (i = 0; i < n; i++) {
        if (input[i] > most) {
            most = input[i];
        }
    }
#endif
    return most;
}

/* A sum of exponentials, q12, whose highest bit is never set, is 2^n * (1 + x): 1 / (1 + x) as q0 is returned, and *shift brings
   a product with it to the output. */
TINYML_INLINE int32_t tinyml_softmax_reciprocal(uint32_t sum, int8_t bits, int32_t *shift)
{
    *shift = 12 + 31 - bits;
    do {
        sum <<= 1;
        --*shift;
    } while (!(sum & UINT32_C(0x80000000)));
    if (*shift > 31) { /* a sum of 512 or more leaves every probability below 1/2 of an output step */
        *shift = 31;
        return 0;
    }
    return tinyml_reciprocal((int32_t)(sum & UINT32_C(0x7FFFFFFF)));
}

/* `exponential` is exp(multiplier * difference) as q0, of a difference between params->diff_min and 0; `table` is its own.
   An output has `bits`, 8 or 16. */
#if defined(TINYML_HELIUM)

/* Of four differences from `most` those that count. */
TINYML_INLINE int32x4_t tinyml_differences_4(const int8_t *input, int8_t most, int32_t diff_min, int32_t n, mve_pred16_t *count)
{
    const mve_pred16_t active = vctp32q((uint32_t)n);
    const int32x4_t differences = vaddq_n_s32(vldrbq_z_s32(input, active), -most);
    *count = vcmpgeq_m_n_s32(differences, diff_min, active);
    return differences;
}

/* multiplier * difference as q5. */
TINYML_INLINE int32x4_t tinyml_scaled_4(int32x4_t differences, int32_t multiplier, int32_t shift)
{
    return vqrdmulhq_n_s32(vqshlq_r_s32(differences, shift), multiplier);
}

TINYML_INLINE void tinyml_softmax(const tinyml_softmax_params *p, const int8_t *input, const int32_t *table, void *output,
                                  int8_t bits,
                                  int32x4_t (*exponential)(const tinyml_softmax_params *, const int32_t *, int32x4_t, mve_pred16_t))
{
    int8_t *bytes = (int8_t *)output;
    int16_t *halves = (int16_t *)output;
    int32_t row, i;
    for (row = 0; row < p->rows; row++) {
        const int8_t most = tinyml_most(input, p->depth);
        int32_t sum = 0, reciprocal, shift;
        mve_pred16_t count;
        for (i = 0; i < p->depth; i += 4) {
            const int32x4_t differences = tinyml_differences_4(input + i, most, p->diff_min, p->depth - i, &count);
            sum = vaddvaq_p_s32(sum, vrshrq_n_s32(exponential(p, table, differences, count), 12), count);
        }
        reciprocal = tinyml_softmax_reciprocal((uint32_t)sum, bits, &shift);
        for (i = 0; i < p->depth; i += 4) {
            const int32_t n = p->depth - i;
            const int32x4_t differences = tinyml_differences_4(input + i, most, p->diff_min, n, &count);
            int32x4_t probabilities = vqrdmulhq_n_s32(exponential(p, table, differences, count), reciprocal);
            probabilities = vpselq_s32(vrshlq_n_s32(probabilities, -shift), vdupq_n_s32(0), count);
            if (bits == 8) {
                tinyml_store_4(bytes + i, probabilities, -128, n);
            } else {
                probabilities = vminq_s32(vaddq_n_s32(probabilities, -32768), vdupq_n_s32(32767));
                vstrhq_p_s32(halves + i, probabilities, vctp32q((uint32_t)n));
            }
        }
        input += p->depth;
        bytes += p->depth;
        halves += p->depth;
    }
}

/* Without a table. */
TINYML_INLINE int32x4_t tinyml_softmax_computed(const tinyml_softmax_params *p, const int32_t *table TINYML_UNUSED,
                                                int32x4_t differences, mve_pred16_t count TINYML_UNUSED)
{
    return tinyml_exp_q5_4(tinyml_scaled_4(differences, p->multiplier, p->shift));
}

#else

TINYML_INLINE void tinyml_softmax(const tinyml_softmax_params *p, const int8_t *input, const int32_t *table, void *output,
                                  int8_t bits, int32_t (*exponential)(const tinyml_softmax_params *, const int32_t *, int32_t))
{
    int8_t *bytes = (int8_t *)output;
    int16_t *halves = (int16_t *)output;
    int32_t row, i;
    for (row = 0; row < p->rows; row++) {
        const int8_t most = tinyml_most(input, p->depth);
        uint32_t sum = 0;
        int32_t reciprocal, shift;
        for (i = 0; i < p->depth; i++) {
            const int32_t difference = (int32_t)input[i] - most;
            if (difference >= p->diff_min) {
                sum += (uint32_t)tinyml_shift_right(exponential(p, table, difference), 12);
            }
        }
        reciprocal = tinyml_softmax_reciprocal(sum, bits, &shift);
        for (i = 0; i < p->depth; i++) {
            const int32_t difference = (int32_t)input[i] - most;
            int32_t probability = 0;
            if (difference >= p->diff_min && reciprocal != 0) {
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

#endif
