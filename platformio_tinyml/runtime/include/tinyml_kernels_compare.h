/* Comparisons of two inputs, and the choice that one makes. Conventions are those of tinyml_kernels.h, which includes this. */
#ifndef TINYML_KERNELS_COMPARE_H
#define TINYML_KERNELS_COMPARE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/* The same of numbers that are what they are: inputs of `type`, TINYML_BOOL, TINYML_INT32, TINYML_INT64 or
   TINYML_FLOAT32. */
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

#ifdef __cplusplus
}
#endif

#endif
