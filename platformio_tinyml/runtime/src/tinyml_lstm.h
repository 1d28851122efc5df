/* What an LSTM of fixed point makes of the sums of a unit's gates, whatever its input is. */
#ifndef TINYML_LSTM_H
#define TINYML_LSTM_H

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"
#include "tinyml_saturate_16.h"
#include "tinyml_sigmoid_s16.h"

/* From the sums of forget, input, cell and output gate, with 12 fractional bits, the new cell state, and the hidden state
   before its zero point is added. */
TINYML_INLINE int32_t tinyml_lstm_unit(const tinyml_unidirectional_sequence_lstm_params *p, const int16_t *sums,
                                       const int16_t *sigmoid, int16_t *cell)
{
    const int16_t forget = tinyml_sigmoid_s16(3 * (int32_t)sums[0], sigmoid);
    const int16_t input = tinyml_sigmoid_s16(3 * (int32_t)sums[1], sigmoid);
    const int16_t value = tinyml_tanh_s16(3 * (int32_t)sums[2], sigmoid);
    const int16_t output = tinyml_sigmoid_s16(3 * (int32_t)sums[3], sigmoid);
    int32_t state = tinyml_saturate_16(tinyml_rescale((int32_t)forget * *cell, p->forget_multiplier, p->forget_shift));
    state += tinyml_saturate_16(tinyml_rescale((int32_t)input * value, p->input_multiplier, p->input_shift));
    state = tinyml_saturate_16(state);
    state = state < p->cell_min ? p->cell_min : state > p->cell_max ? p->cell_max : state;
    *cell = (int16_t)state;
    state = p->cell_shift < 0 ? (3 * state + (INT32_C(1) << (-p->cell_shift - 1))) >> -p->cell_shift
                              : state * (INT32_C(3) << p->cell_shift);
    return tinyml_rescale((int32_t)tinyml_tanh_s16(state, sigmoid) * output, p->hidden_multiplier, p->hidden_shift);
}

#endif
