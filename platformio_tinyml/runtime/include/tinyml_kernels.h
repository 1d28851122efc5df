/* The int8 kernels. Each computes what the operator of its name computes in TensorFlow Lite Micro's reference kernels,
   bit for bit.

   Every kernel takes its params, one pointer per input, then one per output. params, filter, bias, multiplier and shift
   are in flash (tinyml_flash.h), inputs and outputs in RAM. Shapes are NHWC, row-major. Kernels trust their params: the
   rules of platformio_tinyml/operators/ are what keeps every access in bounds. Where an output may share memory with an
   input is said by the same files.

   multiplier and shift stand for the real number multiplier * 2^(shift - 31): multiplier is 0 or 2^30 to 2^31 - 1,
   shift -31 to 30. A scale is two words in flash: multiplier and shift, or where is_quick is 1, of shifts of -31 to -2,
   2 * multiplier (modulo 2^32) and 2^(32 + shift), both 0 where multiplier is. input_offset is -zero_point of the input,
   output_offset zero_point of the output, -128 to 128.
   Sizes that fit 15 bits for sure are int16_t; an int has 16 bits on AVR, so products are made of int32_t. */
#ifndef TINYML_KERNELS_H
#define TINYML_KERNELS_H

#include <stdint.h>

#include "tinyml_flash.h"

#ifdef __cplusplus
extern "C" {
#endif

/* CONV_2D. input [batches, input_height, input_width, input_depth], output [batches, output_height, output_width,
   output_depth]. input_depth is a multiple of filter_depth: groups of filter_depth channels feed equal shares of the
   outputs. filter: each channel's K = filter_height * filter_width * filter_depth weights in order, filled up with zeros to
   a multiple of 4; of each pair of channels that see the same input 4 weights of the one, then 4 of the other, and so on; a
   last channel of a group by itself. bias [output_depth]: the model's, less its zero point times the sum of the weights.
   scale [output_depth][2].
   scratch: 16 bytes for each 4 weights of a channel; where filter_depth is no multiple of 4, 20. */
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
    int16_t pad_height; /* rows above the input; what lies below follows from the output's height */
    int16_t pad_width;
    int16_t input_offset;
    int16_t output_offset;
    int8_t activation_min;
    int8_t activation_max;
    int8_t is_quick;
} tinyml_conv_2d_params;

void tinyml_conv_2d_s8(const tinyml_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                       const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch);

/* The same with weights that are all so much more than the filter says, up to 255: input offset and this are in the bias too. In
   front of the channels that see the same input lies one with weights of 1, the bias 0 and this as the first word of its
   scale. */
void tinyml_conv_2d_u8(const tinyml_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                       const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch);

/* The same with weights of 4 bits. filter: each pair of channels that see the same input, and a last one of a group with weights of
   0, has a word of 4 bytes for each 4 weights: those of the first in the low halves, those of the second in the high ones.
   scratch: 256 bytes more. */
void tinyml_conv_2d_s4(const tinyml_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                       const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch);

/* DEPTHWISE_CONV_2D of at least 4 channels; of fewer it is a CONV_2D of as many groups. tinyml_depthwise_conv_2d_s8 is for a
   depth_multiplier of 1, tinyml_depthwise_multiplied_s8 for others. input [batches, input_height, input_width,
   input_depth], output [batches, output_height, output_width, input_depth, depth_multiplier]; filter [depth_multiplier,
   filter_height, filter_width, input_depth], bias [depth_multiplier, input_depth] as for CONV_2D, scale [depth_multiplier,
   input_depth][2].
   scratch: 12 bytes for each tap of the filter, and 2 * input_depth, of a multiplier above 1 3 * input_depth. */
typedef struct {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t input_depth;
    int32_t output_height;
    int32_t output_width;
    int32_t depth_multiplier;
    int16_t filter_height;
    int16_t filter_width;
    int16_t stride_height;
    int16_t stride_width;
    int16_t dilation_height;
    int16_t dilation_width;
    int16_t pad_height;
    int16_t pad_width;
    int16_t input_offset;
    int16_t output_offset;
    int8_t activation_min;
    int8_t activation_max;
    int8_t is_quick;
} tinyml_depthwise_conv_2d_params;

void tinyml_depthwise_conv_2d_s8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input,
                                 const int8_t *filter, const int32_t *bias, const int32_t *scale,
                                 int8_t *output, void *scratch);
void tinyml_depthwise_multiplied_s8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input,
                                    const int8_t *filter, const int32_t *bias, const int32_t *scale,
                                    int8_t *output, void *scratch);

/* The same with weights that are all so much more than the filter says: in the bias too, and the first word of a scale in front of
   all others. */
void tinyml_depthwise_conv_2d_u8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input,
                                 const int8_t *filter, const int32_t *bias, const int32_t *scale,
                                 int8_t *output, void *scratch);
void tinyml_depthwise_multiplied_u8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input,
                                    const int8_t *filter, const int32_t *bias, const int32_t *scale,
                                    int8_t *output, void *scratch);

/* The same with weights of 4 bits. filter: of each 8 weights in order the first four in the low halves of 4 bytes, the others in the
   high ones. scratch: as many bytes more as there are weights, rounded up to a multiple of 8. */
void tinyml_depthwise_conv_2d_s4(const tinyml_depthwise_conv_2d_params *params, const int8_t *input,
                                 const int8_t *filter, const int32_t *bias, const int32_t *scale,
                                 int8_t *output, void *scratch);
void tinyml_depthwise_multiplied_s4(const tinyml_depthwise_conv_2d_params *params, const int8_t *input,
                                    const int8_t *filter, const int32_t *bias, const int32_t *scale,
                                    int8_t *output, void *scratch);

/* FULLY_CONNECTED. input [batches, input_depth], output [batches, output_depth]. filter: each channel's input_depth weights
   filled up with zeros to a multiple of 4; of each four channels 4 weights of the first, of the second, third and fourth,
   and so on; the last one to three channels likewise among themselves. bias as for CONV_2D; scale
   [output_depth][2] where per_channel is 1, [1][2] where it is 0. */
typedef struct {
    int32_t batches;
    int32_t input_depth;
    int32_t output_depth;
    int16_t input_offset;
    int16_t output_offset;
    int8_t activation_min;
    int8_t activation_max;
    int8_t per_channel;
    int8_t is_quick;
} tinyml_fully_connected_params;

void tinyml_fully_connected_s8(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *scale, int8_t *output);

/* As of DEPTHWISE_CONV_2D. */
void tinyml_fully_connected_u8(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *scale, int8_t *output);

/* The same with weights of 4 bits. filter: in the order of tinyml_fully_connected_s8, in pieces of four channels (the last one to
   three among themselves) by 64 values (what is left likewise, of a depth that is no multiple of 4 the last group by itself);
   of each 8 weights of a piece the first four in the low halves of 4 bytes, the others in the high ones, or of its last four
   none. scratch: 256 bytes. */
void tinyml_fully_connected_s4(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch);

/* AVERAGE_POOL_2D and MAX_POOL_2D. input [batches, input_height, input_width, depth], output [batches, output_height,
   output_width, depth], both of one scale and zero point. Every window holds at least one element of the input. */
typedef struct {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t output_height;
    int32_t output_width;
    int32_t depth;
    int16_t filter_height;
    int16_t filter_width;
    int16_t stride_height;
    int16_t stride_width;
    int16_t pad_height;
    int16_t pad_width;
    int16_t activation_min;
    int16_t activation_max;
} tinyml_pool_2d_params;

void tinyml_average_pool_2d_s8(const tinyml_pool_2d_params *params, const int8_t *input, int8_t *output);

/* Halves up: of what is uint8 in the file. */
void tinyml_average_pool_2d_u8(const tinyml_pool_2d_params *params, const int8_t *input, int8_t *output);
void tinyml_max_pool_2d_s8(const tinyml_pool_2d_params *params, const int8_t *input, int8_t *output);

/* SOFTMAX over the last dimension. input and output [rows, depth], depth 1 to 4095; the output's scale is 1/256, its
   zero point -128. multiplier and shift stand for beta * input scale * 2^26, at least 1; an input more than -diff_min
   below its row's maximum counts as 0. */
typedef struct {
    int32_t rows;
    int32_t depth;
    int32_t multiplier;
    int32_t diff_min; /* -31 * 2^26 to 0 */
    int8_t shift;     /* 0 to 31 */
} tinyml_softmax_params;

void tinyml_softmax_s8(const tinyml_softmax_params *params, const int8_t *input, int8_t *output);

/* ADD with broadcasting. The output has shape [size_0, size_1, size_2, size_3]; stepping by one along dimension d moves
   inputN by inputN_step_d elements: 0 where it is broadcast. inputN_offset is -zero_point; shifts are -31 to 0. input1's scale is
   the larger: it is multiplied by 1/2, input2 by the ratio of its scale to twice the larger. inputN_in_flash is 1 where inputN is a
   constant of the model. */
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
    int32_t input2_multiplier;
    int32_t output_multiplier;
    int16_t input1_offset;
    int16_t input2_offset;
    int16_t output_offset;
    int8_t input2_shift;
    int8_t output_shift;
    int8_t activation_min;
    int8_t activation_max;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_add_params;

void tinyml_add_s8(const tinyml_add_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

/* SUB, MUL, MAXIMUM and MINIMUM with broadcasting, as ADD; SUB has a multiplier for either input. Multiplier and shift of MUL stand for
   input1 scale * input2 scale / output scale. */
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
    int16_t input1_offset;
    int16_t input2_offset;
    int16_t output_offset;
    int8_t input1_shift;
    int8_t input2_shift;
    int8_t output_shift;
    int8_t activation_min;
    int8_t activation_max;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_sub_params;

void tinyml_sub_s8(const tinyml_sub_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

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
    int32_t multiplier;
    int16_t input1_offset;
    int16_t input2_offset;
    int16_t output_offset;
    int16_t activation_min;
    int16_t activation_max;
    int8_t shift;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_mul_params;

void tinyml_mul_s8(const tinyml_mul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

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
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_maximum_params;

void tinyml_maximum_s8(const tinyml_maximum_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

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
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_minimum_params;

void tinyml_minimum_s8(const tinyml_minimum_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

/* PRELU, as MUL: multiplier and shift stand for input1 scale / output scale, alpha_multiplier and alpha_shift for input1 scale *
   input2 scale / output scale, of inputs below 0. */
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
    int32_t multiplier;
    int32_t alpha_multiplier;
    int16_t input1_offset;
    int16_t input2_offset;
    int16_t output_offset;
    int8_t shift;
    int8_t alpha_shift;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_prelu_params;

void tinyml_prelu_s8(const tinyml_prelu_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

/* SQUARED_DIFFERENCE, as SUB: inputs gain 7 bits before they are brought to a common scale; no fused activation. */
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
    int16_t input1_offset;
    int16_t input2_offset;
    int16_t output_offset;
    int8_t input1_shift;
    int8_t input2_shift;
    int8_t output_shift; /* -31 to 0 */
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_squared_difference_params;

void tinyml_squared_difference_s8(const tinyml_squared_difference_params *params, const int8_t *input1, const int8_t *input2,
                                  int8_t *output);

/* DIV, as MUL, of int8: multiplier and shift, at most 23, stand for input1 scale / (input2 scale * output scale). A divisor of 0,
   which TFLM leaves undefined, gives the end of the output's range that has the dividend's sign. */
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
    int32_t multiplier;
    int16_t input1_offset;
    int16_t input2_offset;
    int16_t output_offset;
    int8_t shift;
    int8_t activation_min;
    int8_t activation_max;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_div_params;

void tinyml_div_s8(const tinyml_div_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

/* Comparisons with broadcasting, as ADD; output elements are 1 where `kind` holds, else 0. Multipliers of int8 are scales, below
   1; shifts are -31 to 0. */
enum {
    TINYML_EQUAL,
    TINYML_NOT_EQUAL,
    TINYML_GREATER,
    TINYML_GREATER_EQUAL,
    TINYML_LESS,
    TINYML_LESS_EQUAL,
    TINYML_LOGICAL_AND,
    TINYML_LOGICAL_OR
};

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
    int16_t input1_offset;
    int16_t input2_offset;
    int8_t input1_shift;
    int8_t input2_shift;
    int8_t kind;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_compare_s8_params;

void tinyml_compare_s8(const tinyml_compare_s8_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

/* Types of elements of kernels that take several. */
enum {
    TINYML_INT8,
    TINYML_INT16,
    TINYML_INT32,
    TINYML_UINT32,
    TINYML_FLOAT32,
    TINYML_BOOL
};

/* The same of numbers that are what they are: inputs of `type`, TINYML_BOOL, TINYML_INT32 or TINYML_FLOAT32. */
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
    int8_t kind;
    int8_t type;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_compare_params;

void tinyml_compare(const tinyml_compare_params *params, const void *input1, const void *input2, void *output);

/* SELECT_V2 with broadcasting: elements of `width` bytes, of input1 where the condition's byte is not 0, else of input2. */
typedef struct {
    int32_t size_0;
    int32_t size_1;
    int32_t size_2;
    int32_t size_3;
    int32_t condition_step_0;
    int32_t condition_step_1;
    int32_t condition_step_2;
    int32_t condition_step_3;
    int32_t input1_step_0;
    int32_t input1_step_1;
    int32_t input1_step_2;
    int32_t input1_step_3;
    int32_t input2_step_0;
    int32_t input2_step_1;
    int32_t input2_step_2;
    int32_t input2_step_3;
    int8_t width;
    int8_t condition_in_flash;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_select_params;

void tinyml_select(const tinyml_select_params *params, const void *condition, const void *input1, const void *input2, void *output);

/* L2_NORMALIZATION over the last dimension. input and output [rows, depth], depth 1 to 33025; the output's scale is 1/128, its
   zero point 0. */
typedef struct {
    int32_t rows;
    int32_t depth;
    int16_t input_offset;
} tinyml_l2_normalization_params;

void tinyml_l2_normalization_s8(const tinyml_l2_normalization_params *params, const int8_t *input, int8_t *output);

/* LOG_SOFTMAX over the last dimension, as SOFTMAX; the output's scale is 1/16, its zero point 127. reverse_multiplier and
   reverse_shift stand for the inverse of what multiplier and shift stand for. */
typedef struct {
    int32_t rows;
    int32_t depth;
    int32_t multiplier;
    int32_t diff_min;
    int32_t reverse_multiplier;
    int8_t shift;
    int8_t reverse_shift; /* -31 to 0 */
} tinyml_log_softmax_params;

void tinyml_log_softmax_s8(const tinyml_log_softmax_params *params, const int8_t *input, int8_t *output);

/* CUMSUM along the middle of [outer, size, inner]. multiplier and shift, at most 0, stand for 2 * input scale / (2^20 * output
   scale). A sum starts with the input's offset, and is formed modulo 2^32, as TFLM's. */
typedef struct {
    int32_t outer;
    int32_t size;
    int32_t inner;
    int32_t multiplier;
    int16_t input_offset;
    int16_t output_offset;
    int8_t shift;
    int8_t exclusive;
    int8_t reverse;
} tinyml_cumsum_params;

void tinyml_cumsum_s8(const tinyml_cumsum_params *params, const int8_t *input, int8_t *output);

/* BATCH_MATMUL. For each of size_0 * size_1 * size_2 pairs of matrices, which lie as many elements apart as the steps say, 0
   where one is repeated, output [rows, columns]: rows lie row_step apart in input1, columns column_step in input2, and what is
   multiplied left_step and right_step, `inner` elements. Offsets, multiplier and shift as for MUL; 0 where floats are. */
typedef struct {
    int32_t size_0;
    int32_t size_1;
    int32_t size_2;
    int32_t input1_step_0;
    int32_t input1_step_1;
    int32_t input1_step_2;
    int32_t input2_step_0;
    int32_t input2_step_1;
    int32_t input2_step_2;
    int32_t rows;
    int32_t columns;
    int32_t inner;
    int32_t row_step;
    int32_t column_step;
    int32_t left_step;
    int32_t right_step;
    int32_t multiplier;
    int16_t input1_offset;
    int16_t input2_offset;
    int16_t output_offset;
    int8_t shift;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_batch_matmul_params;

void tinyml_batch_matmul_s8(const tinyml_batch_matmul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

/* TRANSPOSE_CONV. input [batches, input_height, input_width, input_depth], filter [output_depth, filter_height, filter_width,
   input_depth] and output [batches, output_height, output_width, output_depth]; tap (y, x) of the filter brings element (i, j)
   of the input to (i * stride_height + y - pad_height, j * stride_width + x - pad_width). bias and scale as for
   DEPTHWISE_CONV_2D. */
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
    int16_t input_offset;
    int16_t output_offset;
    int8_t activation_min;
    int8_t activation_max;
    int8_t per_channel;
    int8_t is_quick;
} tinyml_transpose_conv_params;

void tinyml_transpose_conv_s8(const tinyml_transpose_conv_params *params, const int8_t *input, const int8_t *filter,
                              const int32_t *bias, const int32_t *scale, int8_t *output);

/* RESIZE_BILINEAR. input of batches * input_size elements, output [batches, output_height, output_width, depth]. places, in
   flash: three words for each row of the output, then for each column: where the two rows or columns of the input lie that it
   is made of, in elements, and the share of the second, in 1024ths, -512 to 1023. */
typedef struct {
    int32_t batches;
    int32_t input_size;
    int32_t output_height;
    int32_t output_width;
    int32_t depth;
} tinyml_resize_bilinear_params;

void tinyml_resize_bilinear_s8(const tinyml_resize_bilinear_params *params, const int8_t *input, const int32_t *places,
                               int8_t *output);

/* ARG_MAX where is_max is 1, else ARG_MIN. input [outer, size, inner], output [outer, inner]: the first index of the best. */
typedef struct {
    int32_t outer;
    int32_t size;
    int32_t inner;
    int8_t is_max;
} tinyml_arg_params;

void tinyml_arg_s8(const tinyml_arg_params *params, const int8_t *input, int32_t *output);

/* Any function of one int8: output element i is table[(uint8_t)input element i], the table in flash, 256 bytes. */
typedef struct {
    int32_t size;
} tinyml_table_params;

void tinyml_table_s8(const tinyml_table_params *params, const int8_t *input, const int8_t *table, int8_t *output);

/* uint8 to int8 of the same real value, 128 less, and back: the upper bit of each byte flips. May run in place. */
void tinyml_flip_u8(const tinyml_table_params *params, const int8_t *input, int8_t *output);

/* MEAN, SUM, REDUCE_MAX, REDUCE_MIN: for each output element, of kept_0 * kept_1 * kept_2, over reduced_0 * reduced_1 *
   reduced_2 elements of the input. kind 0: their sum, with input_offset, rescaled by multiplier and shift; 1 the largest, -1
   the smallest. */
typedef struct {
    int32_t kept_0;
    int32_t kept_1;
    int32_t kept_2;
    int32_t kept_step_0;
    int32_t kept_step_1;
    int32_t kept_step_2;
    int32_t reduced_0;
    int32_t reduced_1;
    int32_t reduced_2;
    int32_t reduced_step_0;
    int32_t reduced_step_1;
    int32_t reduced_step_2;
    int32_t multiplier;
    int32_t input_offset;
    int16_t output_offset;
    int8_t shift;
    int8_t kind;
} tinyml_reduce_params;

void tinyml_reduce_s8(const tinyml_reduce_params *params, const int8_t *input, int8_t *output);

/* MEAN, SUM, REDUCE_MAX, AVERAGE_POOL_2D and MAX_POOL_2D over all of an image, of which each call takes one or several of `height`
   rows, in order: `rows` of them from number `row` on, `width` elements of `depth` channels together. output has room for
   4 * depth bytes, and what lies there from one call to the next is the kernel's; after the last it begins with the output
   [depth]: the largest value, or the sum, divided by count if that is above 0, else with input_offset rescaled. */
typedef struct {
    int32_t height;
    int32_t rows;
    int32_t width;
    int32_t depth;
    int32_t count;
    int32_t multiplier;
    int32_t input_offset;
    int16_t output_offset;
    int8_t activation_min;
    int8_t activation_max;
    int8_t shift;
    int8_t is_max;
} tinyml_fold_rows_params;

void tinyml_fold_rows_s8(const tinyml_fold_rows_params *params, const int8_t *input, int8_t *output, int32_t row);

/* Copies runs of `run` bytes: size_0 * ... * size_4 of them, each loop moving on by so many bytes, which may be negative, in
   the input and in the output. */
typedef struct {
    int32_t size_0;
    int32_t size_1;
    int32_t size_2;
    int32_t size_3;
    int32_t size_4;
    int32_t input_step_0;
    int32_t input_step_1;
    int32_t input_step_2;
    int32_t input_step_3;
    int32_t input_step_4;
    int32_t output_step_0;
    int32_t output_step_1;
    int32_t output_step_2;
    int32_t output_step_3;
    int32_t output_step_4;
    int32_t input_start;
    int32_t output_start;
    int32_t run;
    int8_t input_in_flash;
} tinyml_copy_params;

void tinyml_copy(const tinyml_copy_params *params, const void *input, void *output);

/* Copies runs of `run` bytes of the input to the output, in order: outer times, outer_step bytes further in the input each time,
   for each offset of each of three lists one whose place in the input is the sum of the three. offsets: size_0 of bytes, then
   size_1, then size_2. */
typedef struct {
    int32_t outer;
    int32_t outer_step;
    int32_t size_0;
    int32_t size_1;
    int32_t size_2;
    int32_t run;
    int8_t input_in_flash;
} tinyml_pick_params;

void tinyml_pick(const tinyml_pick_params *params, const void *input, const int32_t *offsets, void *output);

/* GATHER, GATHER_ND, EMBEDDING_LOOKUP. Copies runs of `run` bytes of the input to the output, in order: for each of batches,
   for each of its outer blocks of `block` bytes one for each of the batch's indices. indices [batches, count, depth]: part d
   of an index is clamped to 0 to size_d - 1, and counts step_d bytes. */
typedef struct {
    int32_t batches;
    int32_t outer;
    int32_t count;
    int32_t block;
    int32_t size_0;
    int32_t size_1;
    int32_t size_2;
    int32_t size_3;
    int32_t size_4;
    int32_t step_0;
    int32_t step_1;
    int32_t step_2;
    int32_t step_3;
    int32_t step_4;
    int32_t run;
    int8_t depth; /* 1 to 5 */
    int8_t input_in_flash;
    int8_t indices_in_flash;
} tinyml_gather_params;

void tinyml_gather(const tinyml_gather_params *params, const void *input, const int32_t *indices, void *output);

/* Sets `size` elements of `width` bytes, 1 to 8, to one value, low bytes first. */
typedef struct {
    int32_t size;
    int32_t low;
    int32_t high;
    int8_t width;
} tinyml_fill_params;

void tinyml_fill(const tinyml_fill_params *params, void *output);

/* QUANTIZE from float, as tinyml_quantize() does. size elements; scale_bits is the scale as the bits of an IEEE 754
   binary32. */
typedef struct {
    int32_t size;
    int32_t scale_bits;
    int16_t zero_point;
} tinyml_quantize_params;

void tinyml_quantize_s8(const tinyml_quantize_params *params, const float *input, int8_t *output);

/* QUANTIZE from int8: the same real numbers at another scale and zero point. */
typedef struct {
    int32_t size;
    int32_t multiplier;
    int16_t input_offset;
    int16_t output_offset;
    int8_t shift;
} tinyml_requantize_params;

void tinyml_requantize_s8(const tinyml_requantize_params *params, const int8_t *input, int8_t *output);

/* DEQUANTIZE to float, as tinyml_dequantize() does. params as for QUANTIZE from float, but of the input. */
void tinyml_dequantize_s8(const tinyml_quantize_params *params, const int8_t *input, float *output);

/* Float kernels. Sums are formed in the order of TensorFlow Lite Micro's reference kernels, each product rounded before it is
   added: outputs without exponentials are equal to the bit. min_bits and max_bits are the fused activation's bounds as the bits
   of floats. Filters are as in the model; filter and bias, which may be NULL, in flash. */
typedef struct {
    int32_t batches;
    int32_t input_depth;
    int32_t output_depth;
    int32_t min_bits;
    int32_t max_bits;
} tinyml_fully_connected_f32_params;

void tinyml_fully_connected_f32(const tinyml_fully_connected_f32_params *params, const float *input, const float *filter,
                                const float *bias, float *output);

/* Of CONV_2D and DEPTHWISE_CONV_2D; filter_depth is the input channels that an output channel sees, 1 for the latter. */
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
    int32_t min_bits;
    int32_t max_bits;
} tinyml_conv_2d_f32_params;

void tinyml_conv_2d_f32(const tinyml_conv_2d_f32_params *params, const float *input, const float *filter,
                        const float *bias, float *output);
void tinyml_depthwise_conv_2d_f32(const tinyml_conv_2d_f32_params *params, const float *input, const float *filter,
                                  const float *bias, float *output);

/* Of hybrid models: the weights are int8, each multiplied by the scale of its output channel when it is read. The outputs are
   those of the float kernels with these products as weights. scale[output_depth], in flash. */
void tinyml_fully_connected_hybrid_f32(const tinyml_fully_connected_f32_params *params, const float *input, const int8_t *filter,
                                       const float *bias, const float *scale, float *output);
void tinyml_conv_2d_hybrid_f32(const tinyml_conv_2d_f32_params *params, const float *input, const int8_t *filter,
                               const float *bias, const float *scale, float *output);
void tinyml_depthwise_conv_2d_hybrid_f32(const tinyml_conv_2d_f32_params *params, const float *input, const int8_t *filter,
                                         const float *bias, const float *scale, float *output);

/* AVERAGE_POOL_2D where is_average is 1, else MAX_POOL_2D. */
typedef struct {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t output_height;
    int32_t output_width;
    int32_t depth;
    int16_t filter_height;
    int16_t filter_width;
    int16_t stride_height;
    int16_t stride_width;
    int16_t pad_height;
    int16_t pad_width;
    int32_t min_bits;
    int32_t max_bits;
    int8_t is_average;
} tinyml_pool_2d_f32_params;

void tinyml_pool_2d_f32(const tinyml_pool_2d_f32_params *params, const float *input, float *output);

typedef struct {
    int32_t rows;
    int32_t depth;
    int32_t beta_bits;
} tinyml_softmax_f32_params;

void tinyml_softmax_f32(const tinyml_softmax_f32_params *params, const float *input, float *output);

/* Functions of one float: kind is one of the names below, alpha LEAKY_RELU's. */
enum {
    TINYML_RELU,
    TINYML_RELU6,
    TINYML_LEAKY_RELU,
    TINYML_LOGISTIC,
    TINYML_TANH,
    TINYML_ABS,
    TINYML_NEG,
    TINYML_EXP,
    TINYML_SQRT,
    TINYML_RSQRT,
    TINYML_SQUARE,
    TINYML_HARD_SWISH,
    TINYML_ELU,
    TINYML_RELU_N1_TO_1,
    TINYML_FLOOR,
    TINYML_CEIL,
    TINYML_ROUND,
    TINYML_LOG,
    TINYML_SIN,
    TINYML_COS,
    TINYML_GELU,
    TINYML_GELU_TANH
};

typedef struct {
    int32_t size;
    int32_t alpha_bits;
    int8_t kind;
} tinyml_unary_f32_params;

void tinyml_unary_f32(const tinyml_unary_f32_params *params, const float *input, float *output);

/* Functions of two floats, with broadcasting as ADD. */
enum {
    TINYML_ADD,
    TINYML_SUB,
    TINYML_MUL,
    TINYML_DIV,
    TINYML_MAXIMUM,
    TINYML_MINIMUM,
    TINYML_SQUARED_DIFFERENCE,
    TINYML_PRELU
};

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
    int32_t min_bits;
    int32_t max_bits;
    int8_t kind;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_binary_f32_params;

void tinyml_binary_f32(const tinyml_binary_f32_params *params, const float *input1, const float *input2, float *output);

/* As tinyml_reduce_s8; what is added is divided by count. */
typedef struct {
    int32_t kept_0;
    int32_t kept_1;
    int32_t kept_2;
    int32_t kept_step_0;
    int32_t kept_step_1;
    int32_t kept_step_2;
    int32_t reduced_0;
    int32_t reduced_1;
    int32_t reduced_2;
    int32_t reduced_step_0;
    int32_t reduced_step_1;
    int32_t reduced_step_2;
    int32_t count;
    int8_t kind;
} tinyml_reduce_f32_params;

void tinyml_reduce_f32(const tinyml_reduce_f32_params *params, const float *input, float *output);

void tinyml_batch_matmul_f32(const tinyml_batch_matmul_params *params, const float *input1, const float *input2, float *output);

/* As tinyml_transpose_conv_s8. */
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
    int32_t min_bits;
    int32_t max_bits;
} tinyml_transpose_conv_f32_params;

void tinyml_transpose_conv_f32(const tinyml_transpose_conv_f32_params *params, const float *input, const float *filter,
                               const float *bias, float *output);

/* As tinyml_resize_bilinear_s8, with shares as the bits of floats. */
void tinyml_resize_bilinear_f32(const tinyml_resize_bilinear_params *params, const float *input, const int32_t *places,
                                float *output);

void tinyml_arg_f32(const tinyml_arg_params *params, const float *input, int32_t *output);
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

/* L2_NORMALIZATION and LOG_SOFTMAX over the last dimension of [rows, depth]. */
typedef struct {
    int32_t rows;
    int32_t depth;
} tinyml_rows_f32_params;

void tinyml_l2_normalization_f32(const tinyml_rows_f32_params *params, const float *input, float *output);
void tinyml_log_softmax_f32(const tinyml_rows_f32_params *params, const float *input, float *output);
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

void tinyml_cumsum_f32(const tinyml_cumsum_params *params, const float *input, float *output);
/* Signal operators of TFLM's signal library: fixed point, as its names for them say (CUSTOM, "SignalWindow" and so on).
   Spectra are complex numbers, real and imaginary part next to each other. */

/* input, output [rows, size], window [size]: products shifted right, saturated. */
typedef struct {
    int32_t rows;
    int32_t size;
    int8_t shift;
} tinyml_signal_window_params;

void tinyml_signal_window_s16(const tinyml_signal_window_params *params, const int16_t *input, const int16_t *window,
                              int16_t *output);

/* input, output [size], scale_bits [1]: by how many bits all can be shifted left. */
typedef struct {
    int32_t size;
} tinyml_signal_fft_auto_scale_params;

void tinyml_signal_fft_auto_scale_s16(const tinyml_signal_fft_auto_scale_params *params, const int16_t *input,
                                      int16_t *output, int32_t *scale_bits);

/* Of real numbers, 2^(bits + 1) in a row, filled up with zeros: input [rows, input_length], output [rows, 2^bits + 1][2];
   the inverse the other way round, with the whole row as input_length. twiddles [2^bits][2], halves [2^(bits - 1)][2]:
   cosines and sines of 15 fractional bits (platformio_tinyml/program/fourier.py). Scratch of the inverse: 2^bits [2]. */
typedef struct {
    int32_t rows;
    int32_t input_length;
    int8_t bits;
} tinyml_signal_rfft_params;

void tinyml_signal_rfft_s16(const tinyml_signal_rfft_params *params, const int16_t *input, const int16_t *twiddles,
                            const int16_t *halves, int16_t *output);
void tinyml_signal_irfft_s16(const tinyml_signal_rfft_params *params, const int16_t *input, const int16_t *twiddles,
                             const int16_t *halves, int16_t *output, void *scratch);

/* input [size][2], output [size]: the squared absolute values from start to end - 1; others are 0. */
typedef struct {
    int32_t size;
    int32_t start;
    int32_t end;
} tinyml_signal_energy_params;

void tinyml_signal_energy_s16(const tinyml_signal_energy_params *params, const int16_t *input, uint32_t *output);

/* input [bins], output [channels]: of channel c the sum of weights of its stretch c + 1 and of unweights of stretch c.
   starts, weight_starts, widths [channels + 1]: stretches of the input, and where their weights begin. */
typedef struct {
    int32_t channels;
} tinyml_signal_filter_bank_params;

void tinyml_signal_filter_bank_u32(const tinyml_signal_filter_bank_params *params, const uint32_t *input,
                                   const int16_t *weights, const int16_t *unweights, const int16_t *starts,
                                   const int16_t *weight_starts, const int16_t *widths, uint64_t *output);

/* Square roots, rounded, then shifted right by scale_bits[0]. */
typedef struct {
    int32_t size;
} tinyml_signal_filter_bank_square_root_params;

void tinyml_signal_filter_bank_square_root_u64(const tinyml_signal_filter_bank_square_root_params *params,
                                               const uint64_t *input, const int32_t *scale_bits, uint32_t *output);

/* state, estimate [size]: the noise, smoothed; odd channels have coefficients of their own. */
typedef struct {
    int32_t size;
    int32_t smoothing;
    int32_t one_minus_smoothing;
    int32_t alternate_smoothing;
    int32_t alternate_one_minus_smoothing;
    int32_t min_signal_remaining;
    int8_t smoothing_bits;
    int8_t subtraction_bits;
    int8_t clamping;
} tinyml_signal_filter_bank_spectral_subtraction_params;

void tinyml_signal_filter_bank_spectral_subtraction_u32(
    const tinyml_signal_filter_bank_spectral_subtraction_params *params, const uint32_t *input, uint32_t *state,
    uint32_t *output, uint32_t *estimate);

/* gains: a function of the noise, piecewise quadratic, 125 values. */
typedef struct {
    int32_t size;
    int8_t snr_shift;
} tinyml_signal_pcan_params;

void tinyml_signal_pcan_u32(const tinyml_signal_pcan_params *params, const uint32_t *input, const uint32_t *noise,
                            const int16_t *gains, uint32_t *output);

/* table [129]: 2^16 (log2(1 + n / 128) - n / 128). */
typedef struct {
    int32_t size;
    int32_t output_scale;
    int8_t correction_bits;
} tinyml_signal_filter_bank_log_params;

void tinyml_signal_filter_bank_log_u32(const tinyml_signal_filter_bank_log_params *params, const uint32_t *input,
                                       const int16_t *table, int16_t *output);

/* input, output [rows, size], state [rows, delay]. */
typedef struct {
    int32_t rows;
    int32_t size;
    int32_t delay;
} tinyml_signal_delay_params;

void tinyml_signal_delay_s16(const tinyml_signal_delay_params *params, const int16_t *input, int16_t *state,
                             int16_t *output);

/* input [rows, frames, step], output [rows, frames, size]: of the last `window` samples the oldest `size`, once so many have
   come; before that zeros, and valid is 0. state [1 + rows * (window - step)]: how many steps are still to come. */
typedef struct {
    int32_t rows;
    int32_t frames;
    int32_t step;
    int32_t size;
    int32_t window;
} tinyml_signal_framer_params;

void tinyml_signal_framer_s16(const tinyml_signal_framer_params *params, const int16_t *input, int16_t *state,
                              int16_t *output, int8_t *valid);

/* input [channels], output [frames, channels]: the last `frames` inputs, the first of all repeated left times more before
   it, every `step` of them; in between zeros, and valid is 0. state [1 + frames * channels]: one more than it holds. */
typedef struct {
    int32_t channels;
    int32_t frames;
    int32_t left;
    int32_t step;
} tinyml_signal_stacker_params;

void tinyml_signal_stacker_s16(const tinyml_signal_stacker_params *params, const int16_t *input, int16_t *state,
                               int16_t *output, int8_t *valid);

/* input [rows, frames, size], state [rows, size], output [rows, frames, step]: frames added where they overlap. */
typedef struct {
    int32_t rows;
    int32_t frames;
    int32_t size;
    int32_t step;
} tinyml_signal_overlap_add_params;

void tinyml_signal_overlap_add_s16(const tinyml_signal_overlap_add_params *params, const int16_t *input, int16_t *state,
                                   int16_t *output);

/* CAST: numbers as another type, modulo its size; floats are rounded towards zero, those out of range to its ends. */
typedef struct {
    int32_t size;
    int8_t from;
    int8_t to;
} tinyml_cast_params;

void tinyml_cast(const tinyml_cast_params *params, const void *input, void *output);

/* Functions of two int32, with broadcasting as ADD; kinds as of tinyml_binary_f32. Modulo 2^32; a divisor is not 0. */
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
    int8_t kind;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_binary_s32_params;

void tinyml_binary_s32(const tinyml_binary_s32_params *params, const int32_t *input1, const int32_t *input2,
                       int32_t *output);

#ifdef __cplusplus
}
#endif

#include "tinyml_kernels_s16.h"

#endif
