/* Kernels of one input, element by element. Conventions are those of tinyml_kernels.h, which includes this. */
#ifndef TINYML_KERNELS_ELEMENTWISE_H
#define TINYML_KERNELS_ELEMENTWISE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any function of one int8: output element i is table[(uint8_t)input element i], the table in flash, 256 bytes. */
typedef struct {
    int32_t size;
} tinyml_table_params;

void tinyml_table_s8(const tinyml_table_params *params, const int8_t *input, const int8_t *table, int8_t *output);

/* uint8 to int8 of the same real value, 128 less, and back: the upper bit of each byte flips. May run in place. */
void tinyml_flip_u8(const tinyml_table_params *params, const int8_t *input, int8_t *output);

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

/* CAST: numbers as another type, modulo its size; floats are rounded towards zero, those out of range to its ends. */
typedef struct {
    int32_t size;
    int8_t from;
    int8_t to;
} tinyml_cast_params;

void tinyml_cast(const tinyml_cast_params *params, const void *input, void *output);

#ifdef __cplusplus
}
#endif

#endif
