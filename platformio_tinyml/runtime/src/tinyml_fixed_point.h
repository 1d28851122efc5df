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
#if defined(TINYML_HELIUM) && defined(TINYML_DSP)
    /* Its shifts of 64 bits want pairs of registers, for which GCC moves and spills. Twice b is itself and what wraps around. */
    const int32_t wrapped = ((b >> 30) + 1) >> 1;
    return tinyml_add_high(a, (int32_t)((uint32_t)b * 2), (int32_t)((uint32_t)a * (uint32_t)wrapped));
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

#if defined(TINYML_HELIUM)

/* a + b, at least -2^31 and below 2^31. */
static inline int32_t tinyml_add_saturated(int32_t a, int32_t b)
{
#if defined(TINYML_THUMB_2)
    int32_t sum;
    __asm__("qadd %0, %1, %2" : "=r"(sum) : "r"(a), "r"(b));
    return sum;
#else
    const int64_t sum = (int64_t)a + b;
    return sum < INT32_MIN ? INT32_MIN : sum > INT32_MAX ? INT32_MAX : (int32_t)sum;
#endif
}

#endif

/* value / 2^shift, rounded to the nearest, halves away from zero. shift 0 to 31. */
static inline int32_t tinyml_shift_right(int32_t value, int32_t shift)
{
#if defined(TINYML_HELIUM)
    return sqrshr(tinyml_add_saturated(value, (value >> 31) & (-shift >> 31)), shift);
#else
    const int32_t mask = (int32_t)((UINT32_C(1) << shift) - 1);
    const int32_t half = (mask >> 1) + (value < 0);
    return (value >> shift) + ((value & mask) > half);
#endif
}

/* value * 2^shift. shift 0 to 31. */
static inline int32_t tinyml_shift_left(int32_t value, int32_t shift)
{
#if defined(TINYML_HELIUM)
    return sqrshr(value, -shift);
#else
    const int32_t limit = INT32_MAX >> shift;
    if (value > limit) {
        return INT32_MAX;
    }
    if (value < -limit - 1) {
        return INT32_MIN;
    }
    return (int32_t)((uint32_t)value << shift);
#endif
}

/* value * multiplier * 2^(shift - 31). shift -31 to 30. */
static inline int32_t tinyml_rescale(int32_t value, int32_t multiplier, int32_t shift)
{
#if defined(TINYML_HELIUM) /* sooner than a branch */
    value = tinyml_shift_left(value, shift > 0 ? shift : 0);
    shift = shift > 0 ? 0 : shift;
#else
    if (shift > 0) {
        value = tinyml_shift_left(value, shift);
        shift = 0;
    }
#endif
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
