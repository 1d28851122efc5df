#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_interpolate_s16.h"
#include "tinyml_kernels.h"
#include "tinyml_saturate_16.h"

#define TINYML_SOFTMAX_ENTRIES 513

void tinyml_softmax_s16(const tinyml_softmax_s16_params *params, const int16_t *input, const int16_t *tables, int16_t *output)
{
    int32_t row, i;
    TINYML_PARAMS(tinyml_softmax_s16_params, p, params);
    for (row = 0; row < p->rows; row++, input += p->depth, output += p->depth) {
        int16_t most = INT16_MIN;
        uint32_t sum = 0; /* 15 fractional bits */
        int32_t reciprocal, shift = 30;
        for (i = 0; i < p->depth; i++) {
            most = input[i] > most ? input[i] : most;
        }
        for (i = 0; i < p->depth; i++) { /* -65535 to 0 stands for -10 to 0 */
            const int32_t difference = tinyml_rescale((int32_t)input[i] - most, p->multiplier, p->shift);
            const int32_t power = tinyml_interpolate_s16(tables, tinyml_saturate_16(difference + 32767));
            output[i] = (int16_t)power;
            sum += (uint32_t)power;
        }
        /* sum = 2^n * (1 + x): 1 / (1 + x) now, 2^n with the last shift. */
        for (; !(sum & UINT32_C(0x40000000)); sum <<= 1) {
            shift--;
        }
        reciprocal = (int32_t)((sum + (1 << 13)) >> 14) - 0x18000;
        reciprocal = tinyml_interpolate_s16(tables + TINYML_SOFTMAX_ENTRIES, tinyml_saturate_16(reciprocal));
        for (i = 0; i < p->depth; i++) {
            const int32_t probability = (output[i] * reciprocal + (INT32_C(1) << (shift - 1))) >> shift;
            output[i] = tinyml_saturate_16(probability < 0 ? 0 : probability);
        }
    }
}
