#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"
#include "tinyml_sigmoid_s16.h"

static inline int32_t tinyml_lstm_clamp(int32_t value)
{
    return value < -32768 ? -32768 : value > 32767 ? 32767 : value;
}

/* A sum of products and `bias`, rescaled to 12 fractional bits. */
static int32_t tinyml_lstm_sum(const int8_t *values, const int8_t *weights, int32_t size, int32_t offset, int32_t bias,
                               const int32_t *scale)
{
    int32_t i;
    for (i = 0; i < size; i++) {
        bias += tinyml_read_i8(weights + i) * (values[i] + offset);
    }
    return tinyml_lstm_clamp(tinyml_rescale(bias, tinyml_read_i32(scale), tinyml_read_i32(scale + 1)));
}

void tinyml_unidirectional_sequence_lstm_s8(const tinyml_unidirectional_sequence_lstm_params *params, const int8_t *input,
                                            const int8_t *weights, const int32_t *bias, const int32_t *gates,
                                            const int16_t *sigmoid, int8_t *hidden, int16_t *cell, int8_t *output)
{
    TINYML_PARAMS(tinyml_unidirectional_sequence_lstm_params, p, params);
    const int32_t row = p->input_depth + p->units;
    int32_t batch, step, unit, gate;
    for (batch = 0; batch < p->batches; batch++, hidden += p->units, cell += p->units) {
        for (step = 0; step < p->time_steps; step++) {
            const int8_t *x = input + batch * p->input_batch_step + step * p->input_time_step;
            int8_t *y = output + batch * p->output_batch_step + step * p->output_time_step;
            /* The new hidden state gathers in the output: all units read the old one. */
            for (unit = 0; unit < p->units; unit++) {
                int32_t value[4], state;
                for (gate = 0; gate < 4; gate++) {
                    const int32_t number = gate * p->units + unit;
                    const int8_t *weight = weights + number * row;
                    const int32_t *scale = gates + 4 * gate;
                    value[gate] = tinyml_lstm_sum(x, weight, p->input_depth, p->input_offset, tinyml_read_i32(bias + number),
                                                  scale);
                    value[gate] += tinyml_lstm_sum(hidden, weight + p->input_depth, p->units, -p->hidden_zero_point, 0,
                                                   scale + 2);
                    value[gate] = 3 * tinyml_lstm_clamp(value[gate]);
                    value[gate] = gate == 2 ? tinyml_tanh_s16(value[gate], sigmoid)
                                            : tinyml_sigmoid_s16(value[gate], sigmoid);
                }
                state = tinyml_lstm_clamp(tinyml_rescale(value[0] * cell[unit], p->forget_multiplier, p->forget_shift));
                state += tinyml_lstm_clamp(tinyml_rescale(value[1] * value[2], p->input_multiplier, p->input_shift));
                state = tinyml_lstm_clamp(state);
                state = state < p->cell_min ? p->cell_min : state > p->cell_max ? p->cell_max : state;
                cell[unit] = (int16_t)state;
                state = p->cell_shift < 0 ? (3 * state + (1 << (-p->cell_shift - 1))) >> -p->cell_shift
                                          : state * (INT32_C(3) << p->cell_shift);
                state = tinyml_rescale(tinyml_tanh_s16(state, sigmoid) * value[3], p->hidden_multiplier, p->hidden_shift);
                y[unit] = tinyml_output(state, p->hidden_zero_point, -128, 127);
            }
            memcpy(hidden, y, (uintptr_t)p->units);
        }
    }
}
