/* Exponentials in fixed point, as gemmlowp computes them. */
#ifndef TINYML_EXPONENTIAL_H
#define TINYML_EXPONENTIAL_H

#include "tinyml_fixed_point.h"
#include "tinyml_helium.h"

/* Numbers named qM have M integer bits and 31 - M fractional bits: q0 is [-1, 1). */

/* exp(x) as q0 for x in [-1/4, 0) as q0: Taylor's series around -1/8. */
static inline int32_t tinyml_exp_quarter(int32_t x)
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
TINYML_SMALL static inline int32_t tinyml_exp_q5(int32_t x)
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
    for (bit = 0; rest != 0 && bit < 7; bit++, rest >>= 1) { /* of x out of range too there is an end */
        if (rest & 1) {
            result = tinyml_multiply_high(result, tinyml_read_i32(tinyml_exp_factors + bit));
        }
    }
    return result;
}

#if defined(TINYML_HELIUM)

/* tinyml_exp_q5 of four; what tinyml_exp_quarter shifts right is never negative. */
TINYML_INLINE int32x4_t tinyml_exp_q5_4(int32x4_t x)
{
    const int32_t quarter = INT32_C(1) << 24;
    const int32_t exp_of_minus_eighth = INT32_C(1895147668);
    const int32x4_t remainder = vaddq_n_s32(vandq_s32(x, vdupq_n_s32(quarter - 1)), -quarter);
    const int32x4_t rest = vshrq_n_s32(vsubq_s32(remainder, x), 24);
    const int32x4_t d = vaddq_n_s32(vshlq_n_s32(remainder, 5), INT32_C(1) << 28);
    const int32x4_t d2 = vqrdmulhq_s32(d, d);
    const int32x4_t d3 = vqrdmulhq_s32(d2, d);
    const int32x4_t d4 = vqrdmulhq_s32(d2, d2);
    const int32x4_t cubic = vqrdmulhq_n_s32(vaddq_s32(vrshrq_n_s32(d4, 2), d3), INT32_C(715827883)); /* 1/3 */
    const int32x4_t series = vaddq_s32(d, vrshrq_n_s32(vaddq_s32(cubic, d2), 1));
    int32x4_t result = vaddq_n_s32(vqrdmulhq_n_s32(series, exp_of_minus_eighth), exp_of_minus_eighth);
    int8_t bit;
    for (bit = 0; bit < 7; bit++) {
        const mve_pred16_t set = vcmpltq_n_s32(vshlq_r_s32(rest, 31 - bit), 0);
        result = vqrdmulhq_m_n_s32(result, result, tinyml_read_i32(tinyml_exp_factors + bit), set);
    }
    return vpselq_s32(result, vdupq_n_s32(INT32_MAX), vcmpltq_n_s32(x, 0));
}

#endif

#endif
