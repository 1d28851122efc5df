/* Kernels that multiply by filters or matrices, of int8 and float32. Conventions are those of tinyml_kernels.h, which includes
   this. */
#ifndef TINYML_KERNELS_FILTERS_H
#define TINYML_KERNELS_FILTERS_H

#include <stdint.h>

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

/* DEPTHWISE_CONV_2D of at least 4 channels. tinyml_depthwise_conv_2d_s8 is for a
   depth_multiplier of 1, tinyml_depthwise_multiplied_s8 for others, tinyml_depthwise_few_s8 for 2 or 3 channels and a
   depth_multiplier of 1, whose filter, bias and scale have zeros up to 4 channels, and whose scratch has 16 bytes for channels; what
   else has fewer than 4 is a CONV_2D of as many groups. input [batches, input_height, input_width,
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
void tinyml_depthwise_few_s8(const tinyml_depthwise_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                             const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch);

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

/* CONV_2D of 1 x 1 and strides of 1, of up to 3 channels and quick scales: as FULLY_CONNECTED of every element, but filter
   [output_depth, input_depth], each channel filled up with zeros to a multiple of 4. */
void tinyml_conv_2d_few_s8(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
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

/* BATCH_MATMUL. For each of size_0 * size_1 * size_2 pairs of matrices, which lie as many elements apart as the steps say, 0
   where one is repeated, output [rows, columns]: rows lie row_step apart in input1, columns column_step in input2, and what is
   multiplied left_step and right_step, `inner` elements. Offsets, multiplier and shift as for MUL; 0 where floats are. panel as
   below. */
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
    int8_t panel;
} tinyml_batch_matmul_params;

void tinyml_batch_matmul_s8(const tinyml_batch_matmul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

/* The same where rows of one input, whose values lie side by side, meet four or more columns of the other (rows, of input1), of which
   four at a time are laid out in scratch, 8 * inner bytes. panel: which input these are of, 1 or 2. */
void tinyml_batch_matmul_panels_s8(const tinyml_batch_matmul_params *params, const int8_t *input1, const int8_t *input2,
                                   int8_t *output, void *scratch);

/* TRANSPOSE_CONV. input [batches, input_height, input_width, input_depth], output [batches, output_height, output_width,
   output_depth]; tap (y, x) of the filter [output_depth, filter_height, filter_width, input_depth] brings element (i, j) of the input
   to (i * stride_height + y - pad_height, j * stride_width + x - pad_width). So outputs whole strides apart see the same taps,
   every stride-th from the phase on. filter: of each phase of rows, and in it of each of columns, what CONV_2D takes of a filter of
   these taps, the last one first. bias [phases][output_depth] and scale [output_depth][2] as for CONV_2D. scratch: as for CONV_2D
   of the largest phase. */
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
    int8_t is_quick;
} tinyml_transpose_conv_params;

void tinyml_transpose_conv_s8(const tinyml_transpose_conv_params *params, const int8_t *input, const int8_t *filter,
                              const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch);

/* Filters of floats are as in the model; filter and bias, which may be NULL, in flash. */
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

#ifdef __cplusplus
}
#endif

#endif
