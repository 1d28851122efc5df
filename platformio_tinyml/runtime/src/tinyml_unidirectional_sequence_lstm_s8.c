#include "tinyml_core.h"

#include "tinyml_dot.h"
#include "tinyml_lstm.h"

/* A sum of products and `bias`, rescaled to 12 fractional bits. */
static int32_t tinyml_lstm_sum(const int8_t *values, const int8_t *weights, int32_t size, int32_t offset, int32_t bias,
                               const int32_t *scale)
{
    const int32_t sum = (int32_t)tinyml_dot(values, offset, weights, size, (uint32_t)bias);
    return tinyml_saturate_16(tinyml_rescale(sum, tinyml_read_i32(scale), tinyml_read_i32(scale + 1)));
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
                int16_t sums[4];
                for (gate = 0; gate < 4; gate++) {
                    const int32_t number = gate * p->units + unit;
                    const int8_t *weight = weights + number * row;
                    const int32_t *scale = gates + 4 * gate;
                    const int32_t of_input = tinyml_lstm_sum(x, weight, p->input_depth, p->input_offset,
                                                             tinyml_read_i32(bias + number), scale);
                    const int32_t of_hidden = tinyml_lstm_sum(hidden, weight + p->input_depth, p->units, -p->hidden_zero_point,
                                                              0, scale + 2);
                    sums[gate] = tinyml_saturate_16(of_input + of_hidden);
                }
                y[unit] = tinyml_output(tinyml_lstm_unit(p, sums, sigmoid, cell + unit), p->hidden_zero_point, -128, 127);
            }
            memcpy(hidden, y, (uintptr_t)p->units);
        }
    }
}
