/* Kernels of two inputs and more, element by element, with broadcasting. Conventions are those of tinyml_kernels.h, which
   includes this. */
#ifndef TINYML_KERNELS_BROADCAST_H
#define TINYML_KERNELS_BROADCAST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
    int8_t activation_min;
    int8_t activation_max;
    int8_t shift;
    int8_t input1_in_flash;
    int8_t input2_in_flash;
} tinyml_div_params;

void tinyml_div_s8(const tinyml_div_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);

/* Functions of two floats, with broadcasting as ADD. */
enum {
    TINYML_ADD,
    TINYML_SUB,
    TINYML_MUL,
    TINYML_DIV,
    TINYML_MAXIMUM,
    TINYML_MINIMUM,
    TINYML_SQUARED_DIFFERENCE,
    TINYML_PRELU,
    TINYML_FLOOR_DIV,
    TINYML_FLOOR_MOD
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

/* FLOOR_DIV and FLOOR_MOD, without bounds. */
void tinyml_floored_f32(const tinyml_binary_f32_params *params, const float *input1, const float *input2, float *output);

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

/* MAXIMUM and MINIMUM of int64. */
void tinyml_binary_s64(const tinyml_binary_s32_params *params, const int64_t *input1, const int64_t *input2,
                       int64_t *output);

/* ADD_N: the sum of `count` inputs, 2 to 15, of `size` elements each; what is behind them is not read. Bit n of in_flash is set where
   input n + 1 is a constant. Of int8, whose inputs have one scale: sum_offset is -(count + 1) zero points, and the sum times 2^19 is
   multiplied. The output is written element by element, each after all inputs were read. */
typedef struct {
    int32_t size;
    int32_t multiplier;
    int16_t sum_offset;
    int16_t output_offset;
    int16_t in_flash;
    int8_t count;
    int8_t shift;
} tinyml_add_n_params;

void tinyml_add_n_s8(const tinyml_add_n_params *params,
                     const int8_t *input1, const int8_t *input2, const int8_t *input3, const int8_t *input4,
                     const int8_t *input5, const int8_t *input6, const int8_t *input7, const int8_t *input8,
                     const int8_t *input9, const int8_t *input10, const int8_t *input11, const int8_t *input12,
                     const int8_t *input13, const int8_t *input14, const int8_t *input15, int8_t *output);

void tinyml_add_n_f32(const tinyml_add_n_params *params,
                     const float *input1, const float *input2, const float *input3, const float *input4,
                     const float *input5, const float *input6, const float *input7, const float *input8,
                     const float *input9, const float *input10, const float *input11, const float *input12,
                     const float *input13, const float *input14, const float *input15, float *output);

#ifdef __cplusplus
}
#endif

#endif
