/* Kernels that make one of many: pools, sums, extrema, and what goes over the last dimension, of int8 and float32. Conventions
   are those of tinyml_kernels.h, which includes this. */
#ifndef TINYML_KERNELS_REDUCTIONS_H
#define TINYML_KERNELS_REDUCTIONS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/* AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D. */
enum {
    TINYML_MEAN,
    TINYML_LARGEST,
    TINYML_ROOT_MEAN_SQUARE
};

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
    int8_t kind;
} tinyml_pool_2d_f32_params;

void tinyml_pool_2d_f32(const tinyml_pool_2d_f32_params *params, const float *input, float *output);

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

/* As tinyml_reduce_s8; what is added is divided by count. The largest is at least the lowest number, whatever is infinite or no
   number; the smallest at most the largest. */
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

/* MEAN, SUM and AVERAGE_POOL_2D over all of an image, of which each call takes one or several of `height` rows, in order: `rows`
   of them from number `row` on, `width` elements of `depth` channels together. output has room for 4 * depth bytes, and what lies
   there from one call to the next is the kernel's; after the last it begins with the output [depth]: the sum with input_offset,
   divided by count if that is above 0, else rescaled. */
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
} tinyml_fold_rows_params;

void tinyml_fold_rows_s8(const tinyml_fold_rows_params *params, const int8_t *input, int8_t *output, int32_t row);

/* REDUCE_MAX and MAX_POOL_2D likewise: output [depth] holds the largest values so far. */
typedef struct {
    int32_t height;
    int32_t rows;
    int32_t width;
    int32_t depth;
    int8_t activation_min;
    int8_t activation_max;
} tinyml_fold_max_rows_params;

void tinyml_fold_max_rows_s8(const tinyml_fold_max_rows_params *params, const int8_t *input, int8_t *output, int32_t row);

/* The same on float32, of MEAN, SUM, REDUCE_MAX, REDUCE_MIN, AVERAGE_POOL_2D and MAX_POOL_2D: kind as of tinyml_reduce_params, from
   the float start_bits on, in the order of the kernels of the whole. */
typedef struct {
    int32_t height;
    int32_t rows;
    int32_t width;
    int32_t depth;
    int32_t count;
    int32_t start_bits;
    int32_t min_bits;
    int32_t max_bits;
    int8_t kind;
} tinyml_fold_rows_f32_params;

void tinyml_fold_rows_f32(const tinyml_fold_rows_f32_params *params, const float *input, float *output, int32_t row);

/* ARG_MAX where is_max is 1, else ARG_MIN. input [outer, size, inner], output [outer, inner]: the first index of the best. */
typedef struct {
    int32_t outer;
    int32_t size;
    int32_t inner;
    int8_t is_max;
} tinyml_arg_params;

void tinyml_arg_s8(const tinyml_arg_params *params, const int8_t *input, int32_t *output);
void tinyml_arg_f32(const tinyml_arg_params *params, const float *input, int32_t *output);

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
void tinyml_cumsum_f32(const tinyml_cumsum_params *params, const float *input, float *output);

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

/* The same with an output of int16, scale 1/65536, zero point -32768. */
void tinyml_softmax_s8_s16(const tinyml_softmax_params *params, const int8_t *input, int16_t *output);

/* The same with a table of what differences of 0, -1 and so on down to diff_min give. */
void tinyml_softmax_table_s8(const tinyml_softmax_params *params, const int8_t *input, const int32_t *table, int8_t *output);

typedef struct {
    int32_t rows;
    int32_t depth;
    int32_t beta_bits;
} tinyml_softmax_f32_params;

void tinyml_softmax_f32(const tinyml_softmax_f32_params *params, const float *input, float *output);

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

/* L2_NORMALIZATION over the last dimension. input and output [rows, depth], depth 1 to 33025; the output's scale is 1/128, its
   zero point 0. */
typedef struct {
    int32_t rows;
    int32_t depth;
    int16_t input_offset;
} tinyml_l2_normalization_params;

void tinyml_l2_normalization_s8(const tinyml_l2_normalization_params *params, const int8_t *input, int8_t *output);

/* L2_NORMALIZATION and LOG_SOFTMAX over the last dimension of [rows, depth]. */
typedef struct {
    int32_t rows;
    int32_t depth;
} tinyml_rows_f32_params;

void tinyml_l2_normalization_f32(const tinyml_rows_f32_params *params, const float *input, float *output);
void tinyml_log_softmax_f32(const tinyml_rows_f32_params *params, const float *input, float *output);

#ifdef __cplusplus
}
#endif

#endif
