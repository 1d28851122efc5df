#include "tinyml_core.h"

#include "tinyml_lstm.h"
#include "tinyml_outputs_s16.h"

/* A sum of products and `bias`, rescaled to 12 fractional bits. */
static int32_t tinyml_lstm_long_sum(const int16_t *values, const int8_t *weights, int32_t size, int64_t bias,
                                    const int32_t *scale)
{
    int32_t i;
    for (i = 0; i < size; i++) {
        bias += (int32_t)values[i] * tinyml_read_i8(weights + i);
    }
    return tinyml_saturate_16(tinyml_rescale_long(bias, tinyml_read_i32(scale), tinyml_read_i32(scale + 1)));
}

static int64_t tinyml_lstm_long_bias(const int32_t *words)
{
    const uint64_t high = (uint64_t)(uint32_t)tinyml_read_i32(words + 1) << 32;
    return (int64_t)(high | (uint32_t)tinyml_read_i32(words));
}

void tinyml_unidirectional_sequence_lstm_s16(const tinyml_unidirectional_sequence_lstm_params *params, const int16_t *input,
                                             const int8_t *weights, const int32_t *bias, const int32_t *gates,
                                             const int16_t *sigmoid, int16_t *hidden, int16_t *cell, int16_t *output)
{
    TINYML_PARAMS(tinyml_unidirectional_sequence_lstm_params, p, params);
    const int32_t row = p->input_depth + p->units;
    int32_t batch, step, unit, gate;
    for (batch = 0; batch < p->batches; batch++, hidden += p->units, cell += p->units) {
        for (step = 0; step < p->time_steps; step++) {
            const int16_t *x = input + batch * p->input_batch_step + step * p->input_time_step;
            int16_t *y = output + batch * p->output_batch_step + step * p->output_time_step;
            /* The new hidden state gathers in the output: all units read the old one. */
            for (unit = 0; unit < p->units; unit++) {
                int16_t sums[4];
                for (gate = 0; gate < 4; gate++) {
                    const int32_t number = gate * p->units + unit;
                    const int8_t *weight = weights + number * row;
                    const int32_t *scale = gates + 4 * gate;
                    const int32_t of_input = tinyml_lstm_long_sum(x, weight, p->input_depth,
                                                                  tinyml_lstm_long_bias(bias + 2 * number), scale);
                    const int32_t of_hidden = tinyml_lstm_long_sum(hidden, weight + p->input_depth, p->units, 0, scale + 2);
                    sums[gate] = tinyml_saturate_16(of_input + of_hidden);
                }
                y[unit] = tinyml_saturate_16(tinyml_lstm_unit(p, sums, sigmoid, cell + unit));
            }
            memcpy(hidden, y, 2 * (uintptr_t)p->units);
        }
    }
}
