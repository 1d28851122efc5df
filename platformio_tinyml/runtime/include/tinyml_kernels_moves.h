/* Kernels that move elements as they are, and RESIZE_BILINEAR, which makes new ones between them. Conventions are those of
   tinyml_kernels.h, which includes this. */
#ifndef TINYML_KERNELS_MOVES_H
#define TINYML_KERNELS_MOVES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/* The same of `rows` rows of the output, from number `row` on: offsets of rows begin with element rows_at, of `columns` runs within
   a row with columns_at. input begins with its row (row * scale >> 15) * stride - pad, or its first where that is less, and each
   has input_row bytes. */
typedef struct {
    int32_t rows;
    int32_t input_row;
    int32_t columns;
    int32_t run;
    int16_t rows_at;
    int16_t columns_at;
    int16_t stride;
    int16_t pad;
    int32_t scale;
} tinyml_pick_rows_params;

void tinyml_pick_rows(const tinyml_pick_rows_params *params, const void *input, const int32_t *offsets, void *output, int32_t row);

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

/* As tinyml_resize_bilinear_s8, with shares as the bits of floats. */
void tinyml_resize_bilinear_f32(const tinyml_resize_bilinear_params *params, const float *input, const int32_t *places,
                                float *output);

/* The same of `rows` rows of the output, from number `row` on, and one image; places as for the whole. input begins with its
   row (row * scale >> 15) * stride - pad, or its first where that is less, and each has input_row elements. */
typedef struct {
    int32_t rows;
    int32_t input_row;
    int32_t output_height;
    int32_t output_width;
    int32_t depth;
    int16_t stride;
    int16_t pad;
    int32_t scale;
} tinyml_resize_rows_params;

void tinyml_resize_rows_s8(const tinyml_resize_rows_params *params, const int8_t *input, const int32_t *places, int8_t *output,
                           int32_t row);
void tinyml_resize_rows_f32(const tinyml_resize_rows_params *params, const float *input, const int32_t *places, float *output,
                            int32_t row);

#ifdef __cplusplus
}
#endif

#endif
