#include "tinyml_core.h"

#include "tinyml_exponential.h"
#include "tinyml_kernels.h"
#include "tinyml_reciprocal.h"

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
