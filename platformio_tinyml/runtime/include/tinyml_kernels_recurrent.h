/* Kernels whose state outlives an invoke. Conventions are those of tinyml_kernels.h, which includes this. */
#ifndef TINYML_KERNELS_RECURRENT_H
#define TINYML_KERNELS_RECURRENT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* SVDF. input [batches, input_depth], feature [units * rank, input_depth], time [units * rank, memory], bias [units],
   state [batches, units * rank, memory], output [batches, units]. Each filter's row of the state moves by one, and its last
   element becomes the product of feature and input; the sum of the row's products with time, over the rank filters of a
   unit and with the bias, modulo 2^32 as TFLM's wraps around in practice, makes the output. */
typedef struct {
    int32_t batches;
    int32_t input_depth;
    int32_t units;
    int32_t rank;
    int32_t memory;
    int32_t feature_multiplier;
    int32_t multiplier;
    int16_t feature_shift;
    int16_t shift;
    int16_t input_offset;
    int16_t state_zero_point;
    int16_t output_offset;
} tinyml_svdf_params;

void tinyml_svdf_s8(const tinyml_svdf_params *params, const int8_t *input, const int8_t *feature, const int8_t *time,
                    const int32_t *bias, int8_t *state, int8_t *output);
void tinyml_svdf_s8_s16(const tinyml_svdf_params *params, const int8_t *input, const int8_t *feature, const int16_t *time,
                        const int32_t *bias, int16_t *state, int8_t *output);

typedef struct {
    int32_t batches;
    int32_t input_depth;
    int32_t units;
    int32_t rank;
    int32_t memory;
    int32_t min_bits;
    int32_t max_bits;
} tinyml_svdf_f32_params;

void tinyml_svdf_f32(const tinyml_svdf_f32_params *params, const float *input, const float *feature, const float *time,
                     const float *bias, float *state, float *output);

/* UNIDIRECTIONAL_SEQUENCE_LSTM. input [time_steps, batches, input_depth] or the first two the other way round, as the
   steps, in elements, say; output likewise, [.., .., units]; hidden and cell [batches, units]. Of the gates forget, input,
   cell and output in this order: weights [4][units][input_depth + units], of the input, then of the hidden state;
   bias [4][units]; gates [4][2][2], multiplier and shift for the sums of the input, then of the hidden state.
   sigmoid: tinyml_sigmoid_s16.h. Gates have 15 fractional bits; cell_shift is that of the cell's hyperbolic tangent. */
typedef struct {
    int32_t time_steps;
    int32_t batches;
    int32_t input_depth;
    int32_t units;
    int32_t input_time_step;
    int32_t input_batch_step;
    int32_t output_time_step;
    int32_t output_batch_step;
    int32_t forget_multiplier;
    int32_t input_multiplier;
    int32_t hidden_multiplier;
    int16_t forget_shift;
    int16_t input_shift;
    int16_t hidden_shift;
    int16_t cell_min;
    int16_t cell_max;
    int16_t cell_shift;
    int16_t input_offset;
    int16_t hidden_zero_point;
} tinyml_unidirectional_sequence_lstm_params;

void tinyml_unidirectional_sequence_lstm_s8(const tinyml_unidirectional_sequence_lstm_params *params, const int8_t *input,
                                            const int8_t *weights, const int32_t *bias, const int32_t *gates,
                                            const int16_t *sigmoid, int8_t *hidden, int16_t *cell, int8_t *output);

/* On int16, whose offset and zero point are 0: bias [4][units][2], the low words of int64 first; gates have multipliers of
   15 bits and right shifts, 8 to 46. */
void tinyml_unidirectional_sequence_lstm_s16(const tinyml_unidirectional_sequence_lstm_params *params, const int16_t *input,
                                             const int8_t *weights, const int32_t *bias, const int32_t *gates,
                                             const int16_t *sigmoid, int16_t *hidden, int16_t *cell, int16_t *output);

/* On float32; gates have no scales, and clip_bits are those of the cell's largest absolute value, 0.0 for none. */
typedef struct {
    int32_t time_steps;
    int32_t batches;
    int32_t input_depth;
    int32_t units;
    int32_t input_time_step;
    int32_t input_batch_step;
    int32_t output_time_step;
    int32_t output_batch_step;
    int32_t clip_bits;
} tinyml_unidirectional_sequence_lstm_f32_params;

void tinyml_unidirectional_sequence_lstm_f32(const tinyml_unidirectional_sequence_lstm_f32_params *params,
                                             const float *input, const float *weights, const float *bias, float *hidden,
                                             float *cell, float *output);

#ifdef __cplusplus
}
#endif

#endif
