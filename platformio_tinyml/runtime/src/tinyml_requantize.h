/* Sums of 32 bits to outputs of 8, with the two roundings of TensorFlow Lite Micro (tinyml_fixed_point.h).

   A scale in flash is two words. Where all multipliers of an operator shift right by 2 to 31 (`is_quick`), they are
   2 * multiplier (modulo 2^32) and 2^(32 - right shift), 0 and 0 for the multiplier 0; else multiplier and shift. Of the
   quick form, with h = sum + sum * first / 2^32 rounded, the doubled product, the output is
   output_offset + (h - (h < 0)) * second / 2^32 rounded: four instructions of a DSP core, clamp included. */
#ifndef TINYML_REQUANTIZE_H
#define TINYML_REQUANTIZE_H

#include "tinyml_core.h"
#include "tinyml_fixed_point.h"
#include "tinyml_helium.h"

/* How an operator makes outputs of sums. */
typedef struct {
    int16_t offset;
    int8_t min;
    int8_t max;
    int8_t is_quick;
} tinyml_outputs;

#define TINYML_OUTPUTS(p)                                                                                    \
    {                                                                                                        \
        (p).output_offset, (p).activation_min, (p).activation_max, (p).is_quick                              \
    }

#if !defined(TINYML_DSP) && defined(TINYML_LONG)

/* sum + a * b / 2^32, rounded to the nearest, halves up; modulo 2^32. */
TINYML_INLINE int32_t tinyml_plus_high(int32_t a, int32_t b, int32_t sum)
{
    const int64_t product = (int64_t)a * b;
#if defined(__arm__) /* one instruction, SMLAL */
    return (int32_t)(uint32_t)((((uint64_t)(uint32_t)sum << 32 | UINT32_C(0x80000000)) + (uint64_t)product) >> 32);
#else /* the carry of the half is the low word's upper bit */
    return (int32_t)((uint32_t)sum + (uint32_t)(product >> 32) + ((uint32_t)product >> 31));
#endif
}

#endif

#if !defined(TINYML_DSP) && !defined(TINYML_LONG) && !defined(__AVR__)

/* a * b / 2^32, rounded to the nearest, halves up: of four products of halves. */
TINYML_INLINE int32_t tinyml_product_high(int32_t a, int32_t b)
{
    const int16_t a_high = (int16_t)(a >> 16), b_high = (int16_t)(b >> 16);
    const uint16_t a_low = (uint16_t)a, b_low = (uint16_t)b;
    /* No sum leaves 32 bits, the half included: 32767 * 65535 + 65534 + 2^15 is 2^31 - 1. */
    const int32_t one = (int32_t)a_high * b_low + ((int32_t)((uint32_t)a_low * b_low >> 16) + INT32_C(0x8000));
    const int32_t two = (int32_t)b_high * a_low + (uint16_t)one;
    return (int32_t)a_high * b_high + (one >> 16) + (two >> 16);
}

/* s of 2^(32 - s), 2 to 31; 31 of 0, which comes with a product of 0. The power's place in a word is where a sequence of
   all numbers of 5 bits has the number that the product begins with. */
TINYML_INLINE int32_t tinyml_shift_of(uint32_t power)
{
    static const int8_t shifts[32] TINYML_FLASH = {31, 31, 4, 30, 3, 18, 8, 29, 2, 10, 12, 17, 7, 15, 28, 24,
                                                   31, 5, 19, 9, 11, 13, 16, 25, 6, 20, 14, 26, 21, 27, 22, 23};
    return tinyml_read_i8(shifts + (power * UINT32_C(0x077cb531) >> 27));
}

#endif

/* The quick form's output before any clamp. */
TINYML_INLINE int32_t tinyml_quick(int32_t sum, int32_t first, int32_t second, int32_t offset)
{
#if defined(TINYML_DSP)
    const int32_t high = tinyml_add_high(sum, first, sum);
    return tinyml_add_high(high + (high >> 31), second, offset);
#elif defined(TINYML_LONG)
    const int32_t high = tinyml_plus_high(sum, first, sum);
    return tinyml_plus_high(high + (high >> 31), second, offset);
#elif defined(__AVR__)
    /* Shifts go bit by bit there, or byte by byte: until the power of two is at the top, one bit less than asked for. */
    uint32_t power = (uint32_t)second;
    int32_t high = (int32_t)((uint32_t)sum + (uint32_t)(((int64_t)sum * first + INT64_C(0x80000000)) >> 32));
    uint8_t top;
    if (power == 0) {
        return offset;
    }
    high -= high < 0;
    for (; power >> 24 == 0; power <<= 8) {
        high >>= 8;
    }
    for (top = (uint8_t)(power >> 24); top < 0x80; top = (uint8_t)(top << 1)) {
        high >>= 1;
    }
    return offset + ((high + 1) >> 1);
#else
    const int32_t shift = tinyml_shift_of((uint32_t)second);
    int32_t high = (int32_t)((uint32_t)sum + (uint32_t)tinyml_product_high(sum, first));
    high += (high >> 31) + (int32_t)((UINT32_C(1) << shift) >> 1);
    return offset + (high >> shift);
#endif
}

/* Of a sum that may have wrapped around on its way, the output. */
TINYML_OUTLINE TINYML_SMALL int8_t tinyml_requantize_any(uint32_t sum, const int32_t *scale, const tinyml_outputs *outputs)
{
    const int32_t first = tinyml_read_i32(scale), second = tinyml_read_i32(scale + 1);
    const int32_t value = outputs->is_quick ? tinyml_quick((int32_t)sum, first, second, 0)
                                            : tinyml_rescale((int32_t)sum, first, second);
    return tinyml_output(value, outputs->offset, outputs->min, outputs->max);
}

TINYML_INLINE int8_t tinyml_saturated(int32_t value)
{
#if defined(TINYML_DSP)
    return (int8_t)tinyml_saturate_8(value);
#elif defined(TINYML_THUMB_2)
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(value));
    return (int8_t)result;
#else
    return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
#endif
}

/* The same where the scale is quick and nothing clamps but int8. */
TINYML_INLINE int8_t tinyml_requantize_at(uint32_t sum, const int32_t *scale, int32_t offset)
{
    return tinyml_saturated(tinyml_quick((int32_t)sum, tinyml_read_i32(scale), tinyml_read_i32(scale + 1), offset));
}

/* The same of two sums with one scale, stored when both are made: what both need of the scale is done once. */
TINYML_INLINE void tinyml_requantize_both(uint32_t one, uint32_t other, const int32_t *scale, int32_t offset, int8_t *first,
                                          int8_t *second)
{
    const int8_t later = tinyml_requantize_at(other, scale, offset), sooner = tinyml_requantize_at(one, scale, offset);
    *second = later;
    *first = sooner;
}

#if defined(TINYML_HELIUM)

/* Outputs of four sums, clamped, whatever the scales. */
TINYML_INLINE int32x4_t tinyml_values_4(int32x4_t sums, int32x4_t first, int32x4_t second, const tinyml_outputs *outputs)
{
    const int32x4_t values = outputs->is_quick ? tinyml_high_4(sums, first, second, outputs->offset)
                                               : tinyml_any_4(sums, first, second, outputs->offset);
    return vminq_s32(vmaxq_s32(values, vdupq_n_s32(outputs->min)), vdupq_n_s32(outputs->max));
}

#endif

/* What is left to do of n outputs that were made so. */
TINYML_OUTLINE void tinyml_clamp(int8_t *output, int32_t n, const tinyml_outputs *outputs)
{
    if (outputs->min == -128 && outputs->max == 127) {
        return;
    }
#if defined(TINYML_HELIUM)
    {
        const int8x16_t min = vdupq_n_s8(outputs->min), max = vdupq_n_s8(outputs->max);
        for (; n > 0; n -= 16, output += 16) {
            const mve_pred16_t some = vctp8q((uint32_t)n);
            vstrbq_p_s8(output, vminq_s8(vmaxq_s8(vldrbq_z_s8(output, some), min), max), some);
        }
        return;
    }
#endif
    for (; n > 0; n--, output++) {
        const int8_t value = *output;
        *output = value < outputs->min ? outputs->min : value > outputs->max ? outputs->max : value;
    }
}

#endif
