/* Fixed-point arithmetic with the rounding of TensorFlow Lite Micro: two roundings per rescaling, first of the product,
   then of the shift (gemmlowp's SaturatingRoundingDoublingHighMul and RoundingDivideByPOT). What leaves 32 bits, where
   TFLM's result is undefined, saturates here, but in what is called wrapped. A right shift of a negative number is taken to be arithmetic, as every
   supported compiler does it. */
#ifndef TINYML_FIXED_POINT_H
#define TINYML_FIXED_POINT_H

#include "tinyml_core.h"

/* a * b / 2^31, rounded to the nearest, halves up. Not for a = b = -2^31. */
static inline int32_t tinyml_multiply_high(int32_t a, int32_t b)
{
#if defined(TINYML_HELIUM) /* whose shifts of 64 bits want pairs of registers: GCC moves and spills for them */
    const uint64_t product = (uint64_t)((int64_t)a * b + (INT64_C(1) << 30));
    return (int32_t)((uint32_t)(product >> 32) * 2 + ((uint32_t)product >> 31));
#elif defined(TINYML_LONG)
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
#else
    /* In halves: the lowest 16 of the 64 bits decide nothing, so the product counts 2^16ths. */
    const int32_t a_high = a >> 16, b_high = b >> 16;
    const uint32_t a_low = (uint16_t)a, b_low = (uint16_t)b;
    const int32_t one = a_high * (int32_t)b_low + (int32_t)(a_low * b_low >> 16), two = (int32_t)(a_low * (uint32_t)b_high);
    const int32_t carry = ((one & 0x7fff) + (two & 0x7fff) + 0x4000) >> 15;
    return (int32_t)((uint32_t)(a_high * b_high) * 2 + (uint32_t)((one >> 15) + (two >> 15) + carry));
#endif
}

/* value / 2^shift, rounded to the nearest, halves away from zero. shift 0 to 31. */
static inline int32_t tinyml_shift_right(int32_t value, int32_t shift)
{
    const int32_t mask = (int32_t)((UINT32_C(1) << shift) - 1);
    const int32_t half = (mask >> 1) + (value < 0);
    return (value >> shift) + ((value & mask) > half);
}

/* value * 2^shift. shift 0 to 31. */
static inline int32_t tinyml_shift_left(int32_t value, int32_t shift)
{
    const int32_t limit = INT32_MAX >> shift;
    if (value > limit) {
        return INT32_MAX;
    }
    if (value < -limit - 1) {
        return INT32_MIN;
    }
    return (int32_t)((uint32_t)value << shift);
}

/* value * multiplier * 2^(shift - 31). shift -31 to 30. */
static inline int32_t tinyml_rescale(int32_t value, int32_t multiplier, int32_t shift)
{
    if (shift > 0) {
        value = tinyml_shift_left(value, shift);
        shift = 0;
    }
    return tinyml_shift_right(tinyml_multiply_high(value, multiplier), -shift);
}

/* The same; what is moved up out of 32 bits is lost, as in TFLM however it is compiled. shift -31 to 30. */
static inline int32_t tinyml_rescale_wrapped(int32_t value, int32_t multiplier, int32_t shift)
{
    if (shift > 0) {
        value = (int32_t)((uint32_t)value << shift);
        shift = 0;
    }
    return tinyml_shift_right(tinyml_multiply_high(value, multiplier), -shift);
}

/* value + offset, but from min to max. */
static inline int8_t tinyml_output(int32_t value, int32_t offset, int32_t min, int32_t max)
{
    min -= offset;
    max -= offset;
    return (int8_t)((value < min ? min : value > max ? max : value) + offset);
}

#endif
