#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

/* Numbers named qM have M integer bits and 31 - M fractional bits: q0 is [-1, 1). */

/* exp(x) as q0 for x in [-1/4, 0) as q0: Taylor's series around -1/8. */
static int32_t tinyml_exp_quarter(int32_t x)
{
    const int32_t exp_of_minus_eighth = INT32_C(1895147668);
    const int32_t third = INT32_C(715827883);
    const int32_t d = x + (INT32_C(1) << 28);
    const int32_t d2 = tinyml_multiply_high(d, d);
    const int32_t d3 = tinyml_multiply_high(d2, d);
    const int32_t d4 = tinyml_multiply_high(d2, d2);
    /* d^2/2 + d^3/6 + d^4/24 */
    const int32_t cubic = tinyml_multiply_high(tinyml_shift_right(d4, 2) + d3, third);
    const int32_t series = d + tinyml_shift_right(cubic + d2, 1);
    return exp_of_minus_eighth + tinyml_multiply_high(exp_of_minus_eighth, series);
}

static const int32_t tinyml_exp_factors[7] TINYML_FLASH = {
    INT32_C(1672461947), /* exp(-1/4) as q0 */
    INT32_C(1302514674), /* exp(-1/2) */
    INT32_C(790015084),  /* exp(-1) */
    INT32_C(290630308),  /* exp(-2) */
    INT32_C(39332535),   /* exp(-4) */
    INT32_C(720401),     /* exp(-8) */
    INT32_C(242)         /* exp(-16) */
};

/* exp(x) as q0 for x in (-32, 0] as q5: a quarter's worth, then a factor for each set bit of the rest. */
TINYML_SMALL static int32_t tinyml_exp_q5(int32_t x)
{
    const int32_t quarter = INT32_C(1) << 24;
    const int32_t remainder = (x & (quarter - 1)) - quarter;
    int32_t rest = (remainder - x) >> 24; /* in quarters */
    int32_t result;
    int8_t bit;
    if (x == 0) {
        return INT32_MAX;
    }
    result = tinyml_exp_quarter(remainder * 32);
    for (bit = 0; rest != 0; bit++, rest >>= 1) {
        if (rest & 1) {
            result = tinyml_multiply_high(result, tinyml_read_i32(tinyml_exp_factors + bit));
        }
    }
    return result;
}

/* 1 / (1 + x) as q0 for x in [0, 1) as q0: Newton's iteration for 2 / (1 + x). */
static int32_t tinyml_reciprocal(int32_t x)
{
    const int32_t half_denominator = (int32_t)(((uint32_t)x + UINT32_C(0x80000000)) >> 1);
    const int32_t q2_48_17 = INT32_C(1515870810);
    const int32_t q2_minus_32_17 = INT32_C(-1010580540);
    int32_t q2 = q2_48_17 + tinyml_multiply_high(half_denominator, q2_minus_32_17);
    int8_t i;
    for (i = 0; i < 3; i++) {
        const int32_t error = (INT32_C(1) << 29) - tinyml_multiply_high(half_denominator, q2);
        q2 += tinyml_multiply_high(q2, error) * 4;
    }
    return q2 >= INT32_C(1) << 30 ? INT32_MAX : q2 * 2;
}

/* exp(multiplier * difference) as q0; difference between params->diff_min and 0. */
static int32_t tinyml_softmax_exp(const tinyml_softmax_params *p, int32_t difference)
{
    return tinyml_exp_q5(tinyml_multiply_high(tinyml_shift_left(difference, p->shift), p->multiplier));
}

TINYML_SMALL
void tinyml_softmax_s8(const tinyml_softmax_params *params, const int8_t *input, int8_t *output)
{
    int32_t row, i;
    TINYML_PARAMS(tinyml_softmax_params, p, params);
    for (row = 0; row < p->rows; row++) {
        int8_t most = -128;
        uint32_t sum = 0; /* q12, the highest bit is never set */
        int32_t reciprocal;
        int32_t shift = 12 + 31 - 8;
        for (i = 0; i < p->depth; i++) {
            if (input[i] > most) {
                most = input[i];
            }
        }
        for (i = 0; i < p->depth; i++) {
            const int32_t difference = (int32_t)input[i] - most;
            if (difference >= p->diff_min) {
                sum += (uint32_t)tinyml_shift_right(tinyml_softmax_exp(p, difference), 12);
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
                probability = tinyml_multiply_high(reciprocal, tinyml_softmax_exp(p, difference));
                probability = tinyml_shift_right(probability, shift);
            }
            output[i] = tinyml_output(probability, -128, -128, 127);
        }
        input += p->depth;
        output += p->depth;
    }
}
