#include "tinyml_core.h"

#include "tinyml_exponential.h"
#include "tinyml_kernels.h"
#include "tinyml_reciprocal.h"
#include "tinyml_softmax.h"

static inline int32_t tinyml_wrapping_sum(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* ln x as q5 of x in [1, 2^12) as q12. x = 2^n * r with r around sqrt(sqrt(1/2)), where a rational function is near ln r;
   of two such r, half an octave apart, the one that lies within. */
static int32_t tinyml_log_q5(int32_t x)
{
    const int32_t sqrt_sqrt_half = INT32_C(1805811301), sqrt_half = INT32_C(1518500250); /* as q0, as all below */
    const int32_t quarter = INT32_C(1) << 23;                                            /* 1/4 as q6 */
    const int32_t zeros_a = tinyml_leading_zeros((uint32_t)x);
    const int32_t r_a = tinyml_shift_left(tinyml_multiply_high(tinyml_shift_left(x, zeros_a - 1), sqrt_half), 1);
    const int32_t power_a = (12 - zeros_a) * (INT32_C(1) << 25) + quarter;
    const int32_t zeros_b = tinyml_leading_zeros((uint32_t)tinyml_multiply_high(x, sqrt_half)) - 1;
    const int32_t r_b = tinyml_shift_left(x, zeros_b);
    const int32_t power_b = (12 - zeros_b) * (INT32_C(1) << 25) - quarter;
    const int32_t r = r_a < r_b ? r_a : r_b, power = power_a > power_b ? power_a : power_b;
    const int32_t p = (int32_t)(((uint32_t)r + (uint32_t)sqrt_sqrt_half + 1) >> 1);
    const int32_t q = 2 * (r - sqrt_sqrt_half);
    const int32_t square = tinyml_multiply_high(q, q);
    const int32_t cubic = tinyml_multiply_high(tinyml_multiply_high(q, square), INT32_C(117049297));
    const int32_t numerator = tinyml_wrapping_sum(tinyml_multiply_high(q, r), cubic);
    const int32_t inner = INT32_C(1057819769) + q + tinyml_multiply_high(INT32_C(127690142), square);
    const int32_t denominator = tinyml_multiply_high(p, inner) + tinyml_multiply_high(INT32_C(638450708), q);
    const int32_t rest = tinyml_multiply_high(tinyml_shift_right(numerator, 6), tinyml_reciprocal(denominator));
    return tinyml_shift_left(tinyml_wrapping_sum(tinyml_multiply_high(power, INT32_C(1488522236)), rest), 1);
}

/* multiplier * difference as q5; difference between params->diff_min and 0. */
static inline int32_t tinyml_log_softmax_difference(const tinyml_log_softmax_params *p, int32_t difference)
{
    return tinyml_multiply_high(tinyml_shift_left(difference, p->shift), p->multiplier);
}

void tinyml_log_softmax_s8(const tinyml_log_softmax_params *params, const int8_t *input, int8_t *output)
{
    tinyml_log_softmax_params p;
    int32_t row, i;
    TINYML_READ_PARAMS(p, params);
    for (row = 0; row < p.rows; row++) {
        const int8_t most = tinyml_most(input, p.depth);
        int32_t sum = 0, least, log; /* sum as q12 */
#if defined(TINYML_HELIUM)
        mve_pred16_t count;
        for (i = 0; i < p.depth; i += 4) {
            const int32x4_t differences = tinyml_differences_4(input + i, most, p.diff_min, p.depth - i, &count);
            const int32x4_t exponentials = tinyml_exp_q5_4(tinyml_scaled_4(differences, p.multiplier, p.shift));
            sum = vaddvaq_p_s32(sum, vrshrq_n_s32(exponentials, 12), count);
        }
#else
        for (i = 0; i < p.depth; i++) {
            const int32_t difference = (int32_t)input[i] - most;
            if (difference >= p.diff_min) {
                sum += tinyml_shift_right(tinyml_exp_q5(tinyml_log_softmax_difference(&p, difference)), 12);
            }
        }
#endif
        log = tinyml_log_q5(sum);
        least = tinyml_rescale(log + INT32_MIN, p.reverse_multiplier, p.reverse_shift);
        if (least < p.diff_min - 1) {
            least = p.diff_min - 1;
        }
#if defined(TINYML_HELIUM)
        for (i = 0; i < p.depth; i += 4) {
            const int32x4_t differences = tinyml_differences_4(input + i, most, p.diff_min, p.depth - i, &count);
            int32x4_t values = vaddq_n_s32(tinyml_scaled_4(differences, p.multiplier, p.shift), -log);
            values = vrshrq_n_s32(vqaddq_s32(values, vshrq_n_s32(values, 31)), 22);
            values = vpselq_s32(vdupq_n_s32(-255), values, vcmpleq_n_s32(differences, least));
            tinyml_store_4(output + i, values, 127, p.depth - i);
        }
#else
        for (i = 0; i < p.depth; i++) {
            const int32_t difference = (int32_t)input[i] - most;
            int32_t value = -255;
            if (difference > least) {
                value = tinyml_shift_right(tinyml_wrapping_sum(tinyml_log_softmax_difference(&p, difference), -log), 22);
            }
            output[i] = tinyml_output(value, 127, -128, 127);
        }
#endif
        input += p.depth;
        output += p.depth;
    }
}
