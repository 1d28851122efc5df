/* The kernels of int16 activations, with weights of int8 ("16x8"). Each computes what the operator of its name computes in
   TensorFlow Lite Micro's reference kernels, bit for bit; conventions are those of tinyml_kernels.h, which includes this. Zero
   points are 0. */
#ifndef TINYML_KERNELS_S16_H
#define TINYML_KERNELS_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How sums of products and a bias become outputs, and with that the tables `bias` and `scale`, of one or two words a channel.
   A multiplier has 31 bits where the model's bias has 32, and 15, rounded once, where it has 64 or there is none. */
enum {
    TINYML_SUMS_QUICK, /* of 32 bits: bias; multiplier * 2^(17 + shift), at most 2^31: what leaves the output in the high word */
    TINYML_SUMS_LONG,  /* of 64 bits, below 2^47: bias, its low word first; multiplier of 15 bits, right shift of 8 to 46 */
    TINYML_SUMS_TWICE  /* of 32 bits, rounded twice, as of int8: bias; multiplier of 31 bits, shift */
};

/* CONV_2D and DEPTHWISE_CONV_2D. Shapes are those of tinyml_conv_2d_s8. filter of CONV_2D: each channel's K weights in order,
   filled up with zeros to a multiple of 4, where of each 4 the middle two are swapped; of each four channels that see the same
   input 4 weights of the first, then 4 of the second, and so on, the last one to three of them likewise among themselves.
   scratch: K elements. filter of DEPTHWISE_CONV_2D [copies, filter_height, filter_width, input_depth], for each of
   output_depth / input_depth copies; bias and scale likewise; no sum of its products leaves 32 bits. */
typedef struct {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t input_depth;
    int32_t output_height;
    int32_t output_width;
    int32_t output_depth;
    int32_t filter_depth;
    int16_t filter_height;
    int16_t filter_width;
    int16_t stride_height;
    int16_t stride_width;
    int16_t dilation_height;
    int16_t dilation_width;
    int16_t pad_height;
    int16_t pad_width;
    int16_t activation_min;
    int16_t activation_max;
    int8_t sums;
} tinyml_conv_2d_s16_params;

void tinyml_conv_2d_s16(const tinyml_conv_2d_s16_params *params, const int16_t *input, const int8_t *filter,
                        const int32_t *bias, const int32_t *scale, int16_t *output, void *scratch);
void tinyml_depthwise_conv_2d_s16(const tinyml_conv_2d_s16_params *params, const int16_t *input, const int8_t *filter,
                                  const int32_t *bias, const int32_t *scale, int16_t *output);

/* FULLY_CONNECTED, and CONV_2D of 1x1. input [batches, input_depth], output [batches, output_depth]; filter as of CONV_2D. */
typedef struct {
    int32_t batches;
    int32_t input_depth;
    int32_t output_depth;
    int16_t activation_min;
    int16_t activation_max;
    int8_t sums;
} tinyml_fully_connected_s16_params;

void tinyml_fully_connected_s16(const tinyml_fully_connected_s16_params *params, const int16_t *input, const int8_t *filter,
                                const int32_t *bias, const int32_t *scale, int16_t *output);

/* ADD and SUB with broadcasting, as SUB of int8: inputs gain 15 bits; input2 is multiplied by `sign`, 1 or -1. */
typedef struct {
    int32_t size_0;
    int32_t size_1;
    int32_t size_2;
    int32_t size_3;
    int32_t input1_step_0;
    int32_t input1_step_1;
    int32_t input1_step_2;
    int32_t input1_step_3;
    int32_t input2_step_0;
    int32_t input2_step_1;
    int32_t input2_step_2;
    int32_t input2_step_3;
    int32_t input1_multiplier;
    int32_t input2_multiplier;
    int32_t output_multiplier;
    int16_t activation_min;
    int16_t activation_max;
    int8_t input1_shift;
    int8_t input2_shift;
    int8_t output_shift;
    int8_t sign;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_add_s16_params;

void tinyml_add_s16(const tinyml_add_s16_params *params, const int16_t *input1, const int16_t *input2, int16_t *output);

/* AVERAGE_POOL_2D and MAX_POOL_2D, as of int8; a window has at most 65,535 elements. */
void tinyml_average_pool_2d_s16(const tinyml_pool_2d_params *params, const int16_t *input, int16_t *output);
void tinyml_max_pool_2d_s16(const tinyml_pool_2d_params *params, const int16_t *input, int16_t *output);

/* SOFTMAX over the last dimension. input and output [rows, depth], depth 1 to 65,535; the output's scale is 1/32768. multiplier
   and shift, at most 14, stand for beta * input scale * 6553.5. tables: exp(x) from x = -10 to 0, then 1 / (1 + x) from 0 to 1,
   each 513 numbers of 15 fractional bits. */
typedef struct {
    int32_t rows;
    int32_t depth;
    int32_t multiplier;
    int8_t shift;
} tinyml_softmax_s16_params;

void tinyml_softmax_s16(const tinyml_softmax_s16_params *params, const int16_t *input, const int16_t *tables, int16_t *output);

/* MUL, MAXIMUM, MINIMUM, SQUARED_DIFFERENCE and PRELU, as of int8; SQUARED_DIFFERENCE without headroom. PRELU's input2 is int8. */
void tinyml_mul_s16(const tinyml_mul_params *params, const int16_t *input1, const int16_t *input2, int16_t *output);
void tinyml_maximum_s16(const tinyml_maximum_params *params, const int16_t *input1, const int16_t *input2, int16_t *output);
void tinyml_minimum_s16(const tinyml_minimum_params *params, const int16_t *input1, const int16_t *input2, int16_t *output);
void tinyml_squared_difference_s16(const tinyml_squared_difference_params *params, const int16_t *input1, const int16_t *input2,
                                   int16_t *output);
void tinyml_prelu_s16(const tinyml_prelu_params *params, const int16_t *input1, const int8_t *input2, int16_t *output);

/* RELU, RELU6, LEAKY_RELU, ABS: inputs from 0 on times one number, those below 0 times another, of their magnitude where
   `folds` is 1; then from min to max. */
typedef struct {
    int32_t size;
    int32_t multiplier;
    int32_t negative_multiplier;
    int16_t min;
    int16_t max;
    int8_t shift;
    int8_t negative_shift;
    int8_t folds;
} tinyml_slopes_s16_params;

void tinyml_slopes_s16(const tinyml_slopes_s16_params *params, const int16_t *input, int16_t *output);

/* LOGISTIC, and TANH where is_tanh is 1; the output's scale is 1/32768. multiplier, below 2^15, and the right shift take an input
   to 3 / 2^12 of the real one. table as of UNIDIRECTIONAL_SEQUENCE_LSTM. */
typedef struct {
    int32_t size;
    int16_t multiplier;
    int8_t shift; /* 0 to 31 */
    int8_t is_tanh;
} tinyml_sigmoid_s16_params;

void tinyml_logistic_s16(const tinyml_sigmoid_s16_params *params, const int16_t *input, const int16_t *table, int16_t *output);

/* A function by a table of 513 values over all of int16, straight between them. */
void tinyml_table_s16(const tinyml_table_params *params, const int16_t *input, const int16_t *table, int16_t *output);

/* 1 / sqrt(x), multiplied by multiplier * 2^(shift - 11); of 0 and below 32767. shift -31 to 30. */
typedef struct {
    int32_t size;
    int32_t multiplier;
    int8_t shift;
} tinyml_rsqrt_s16_params;

void tinyml_rsqrt_s16(const tinyml_rsqrt_s16_params *params, const int16_t *input, int16_t *output);

/* As of int8, but sums are of 64 bits, times multiplier, of 15 bits, over 2^shift; shift 8 to 46, no offsets. */
void tinyml_batch_matmul_s16(const tinyml_batch_matmul_params *params, const int16_t *input1, const int16_t *input2,
                             int16_t *output);

/* QUANTIZE from float, and DEQUANTIZE, as of int8. */
void tinyml_quantize_s16(const tinyml_quantize_params *params, const float *input, int16_t *output);
void tinyml_dequantize_s16(const tinyml_quantize_params *params, const int16_t *input, float *output);

/* QUANTIZE between TINYML_INT8, TINYML_INT16 and TINYML_INT32: the same real numbers at another scale and zero point. */
typedef struct {
    int32_t size;
    int32_t multiplier;
    int32_t input_offset;
    int32_t output_offset;
    int8_t shift;
    int8_t from;
    int8_t to;
} tinyml_requantize_between_params;

void tinyml_requantize_between(const tinyml_requantize_between_params *params, const void *input, void *output);

/* MEAN and SUM, as of int8; kind is 0. */
void tinyml_reduce_s16(const tinyml_reduce_params *params, const int16_t *input, int16_t *output);

/* TRANSPOSE_CONV. Shapes are those of int8; bias and scale as for CONV_2D. */
typedef struct {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t input_depth;
    int32_t output_height;
    int32_t output_width;
    int32_t output_depth;
    int16_t filter_height;
    int16_t filter_width;
    int16_t stride_height;
    int16_t stride_width;
    int16_t pad_height;
    int16_t pad_width;
    int16_t activation_min;
    int16_t activation_max;
    int8_t sums;
} tinyml_transpose_conv_s16_params;

void tinyml_transpose_conv_s16(const tinyml_transpose_conv_s16_params *params, const int16_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *scale, int16_t *output);

#ifdef __cplusplus
}
#endif

#endif
