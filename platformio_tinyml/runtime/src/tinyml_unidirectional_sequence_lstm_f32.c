#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"
#include "tinyml_sigmoid_f32.h"

static float tinyml_lstm_sum_f32(const float *values, const float *weights, int32_t size)
{
    float sum = 0.0f;
    int32_t i;
    for (i = 0; i < size; i++) {
        sum += values[i] * tinyml_read_f32(weights + i);
    }
    return sum;
}

void tinyml_unidirectional_sequence_lstm_f32(const tinyml_unidirectional_sequence_lstm_f32_params *params,
                                             const float *input, const float *weights, const float *bias, float *hidden,
                                             float *cell, float *output)
{
    TINYML_PARAMS(tinyml_unidirectional_sequence_lstm_f32_params, p, params);
    const float clip = tinyml_float_of_bits(p->clip_bits);
    const int32_t row = p->input_depth + p->units;
    int32_t batch, step, unit, gate;
    for (batch = 0; batch < p->batches; batch++, hidden += p->units, cell += p->units) {
        for (step = 0; step < p->time_steps; step++) {
            const float *x = input + batch * p->input_batch_step + step * p->input_time_step;
            float *y = output + batch * p->output_batch_step + step * p->output_time_step;
            /* The new hidden state gathers in the output: all units read the old one. */
            for (unit = 0; unit < p->units; unit++) {
                float value[4], state;
                for (gate = 0; gate < 4; gate++) {
                    const int32_t number = gate * p->units + unit;
                    const float *weight = weights + number * row;
                    float sum = tinyml_lstm_sum_f32(x, weight, p->input_depth) + tinyml_read_f32(bias + number);
                    sum += tinyml_lstm_sum_f32(hidden, weight + p->input_depth, p->units);
                    value[gate] = gate == 2 ? tinyml_tanh_f32(sum) : tinyml_logistic_f32(sum);
                }
                state = value[0] * cell[unit] + value[1] * value[2];
                cell[unit] = clip > 0.0f ? tinyml_clamp_f32(state, -clip, clip) : state;
                y[unit] = tinyml_tanh_f32(cell[unit]) * value[3];
            }
            memcpy(hidden, y, (uintptr_t)p->units * sizeof(float));
        }
    }
}
