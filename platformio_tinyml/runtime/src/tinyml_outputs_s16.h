/* Sums of products of int16 and int8 to outputs of int16 (the forms TINYML_SUMS_* of tinyml_kernels_s16.h). */
#ifndef TINYML_OUTPUTS_S16_H
#define TINYML_OUTPUTS_S16_H

#include "tinyml_kernels.h"
#include "tinyml_requantize.h"

/* How an operator makes outputs of sums. */
typedef struct {
    const int32_t *bias;
    const int32_t *scale;
    int16_t min;
    int16_t max;
    int8_t sums;
} tinyml_outputs_s16;

#define TINYML_OUTPUTS_S16(p, bias, scale)                                                                   \
    {                                                                                                        \
        bias, scale, (p).activation_min, (p).activation_max, (p).sums                                        \
    }

TINYML_INLINE int16_t tinyml_clamp_s16(int32_t value, int32_t min, int32_t max)
{
    return (int16_t)(value < min ? min : value > max ? max : value);
}

/* sum * factor / 2^32, rounded to the nearest, halves up. */
TINYML_INLINE int32_t tinyml_high_s16(int32_t sum, int32_t factor)
{
#if defined(TINYML_DSP)
    return tinyml_add_high(sum, factor, 0);
#elif defined(TINYML_LONG) || defined(__AVR__)
    return (int32_t)(((int64_t)sum * factor + INT64_C(0x80000000)) >> 32);
#else
    return tinyml_product_high(sum, factor);
#endif
}

/* Of the sum of a channel's products, modulo 2^32, the output; not for TINYML_SUMS_LONG. */
TINYML_OUTLINE int16_t tinyml_output_of_word(const tinyml_outputs_s16 *outputs, int32_t channel, uint32_t products)
{
    const int32_t sum = (int32_t)(products + (uint32_t)tinyml_read_i32(outputs->bias + channel));
    int32_t value;
    if (outputs->sums == TINYML_SUMS_QUICK) {
        value = tinyml_high_s16(sum, tinyml_read_i32(outputs->scale + channel));
    } else {
        const int32_t *scale = outputs->scale + 2 * channel;
        value = tinyml_rescale_wrapped(sum, tinyml_read_i32(scale), tinyml_read_i32(scale + 1));
    }
    return tinyml_clamp_s16(value, outputs->min, outputs->max);
}

/* value * multiplier / 2^shift, rounded to the nearest, halves up: the low 32 bits, as TFLM takes them. value is below 2^47,
   multiplier below 2^15, shift 8 to 46. */
TINYML_OUTLINE TINYML_SMALL int32_t tinyml_rescale_long(int64_t value, int32_t multiplier, int32_t shift)
{
    const int64_t half = (int64_t)((uint64_t)1 << (shift - 1));
    return (int32_t)(uint32_t)((value * multiplier + half) >> shift);
}

/* The same of all of the sum, for TINYML_SUMS_LONG. */
TINYML_OUTLINE TINYML_SMALL int16_t tinyml_output_of_long(const tinyml_outputs_s16 *outputs, int32_t channel, int64_t products)
{
    const int32_t *bias = outputs->bias + 2 * channel, *scale = outputs->scale + 2 * channel;
    const uint64_t high = (uint64_t)(uint32_t)tinyml_read_i32(bias + 1) << 32;
    const int64_t sum = products + (int64_t)(high | (uint32_t)tinyml_read_i32(bias));
    const int32_t value = tinyml_rescale_long(sum, tinyml_read_i32(scale), tinyml_read_i32(scale + 1));
    return tinyml_clamp_s16(value, outputs->min, outputs->max);
}

/* Either, of a sum that is whole. */
TINYML_INLINE int16_t tinyml_output_of_sum(const tinyml_outputs_s16 *outputs, int32_t channel, int64_t products)
{
    return outputs->sums == TINYML_SUMS_LONG ? tinyml_output_of_long(outputs, channel, products)
                                             : tinyml_output_of_word(outputs, channel, (uint32_t)products);
}

#endif
