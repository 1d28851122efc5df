/* What kind of core this is compiled for, and its instructions as functions. Every kernel includes this first.

   TINYML_DSP         two products of 16 bits in one instruction (Cortex-M4, M7, M33; __ARM_FEATURE_DSP)
   TINYML_THUMB_2     Thumb-2 whose words may lie anywhere, and a compiler that takes its assembly (Cortex-M3 and all of TINYML_DSP)
   TINYML_ASSEMBLY    inner loops of TINYML_DSP in assembly: the compiler spills what the loop just has registers for
   TINYML_THUMB_1     Cortex-M0, M0+, M23: eight registers for most instructions; inner loops in assembly
   TINYML_LONG        32 x 32 -> 64 bits in one or two instructions
   TINYML_FOURS       registers for eight sums: RV32, hosts
   TINYML_JOINED      products of 32 bits and none smaller: CONV_2D multiplies two columns at once (tinyml_joined_columns.h)
   TINYML_UNALIGNED   words are loaded and stored wherever they lie
   TINYML_WIDE        bytes are loaded without a sign: filters are read by words (Xtensa)
   TINYML_HELIUM      vectors of 16 bytes (Cortex-M52, M55, M85; __ARM_FEATURE_MVE), which have TINYML_DSP too
   TINYML_DSP_MODEL   defined by tests: the code of TINYML_DSP in plain C, on any machine */
#ifndef TINYML_CORE_H
#define TINYML_CORE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tinyml_flash.h"

/* Kernels are worth their speed whatever the project is compiled at: -Os takes 1.5 to 2.3 times the instructions.
   Reassociation would add products to each other first, and to the sum later; scheduling before registers are given out loads
   all values first and spills the sums, on RISC-V and Xtensa; vectors of scalars (SLP) would be put together in memory, on Helium;
   loop distribution would call memcpy and memset, which a firmware may have for nothing else. TINYML_SMALL is for what only calls the loops that count. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2", "no-tree-reassoc", "no-tree-loop-distribute-patterns", "fp-contract=off")
#if !defined(__arm__)
#pragma GCC optimize("no-schedule-insns")
#endif
#if defined(__ARM_FEATURE_MVE)
#pragma GCC optimize("no-tree-slp-vectorize")
#endif
#define TINYML_SMALL __attribute__((optimize("Os")))
#else
#define TINYML_SMALL
#endif

#if defined(TINYML_DSP_MODEL) || (defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && defined(__GNUC__))
#define TINYML_DSP 1
#endif

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1)
#include <arm_mve.h>
#define TINYML_HELIUM 1
#endif

#if defined(__thumb2__) && defined(__ARM_FEATURE_UNALIGNED) && defined(__GNUC__) && !defined(__clang__) && !defined(__PIC__) && \
    !defined(TINYML_NO_ASSEMBLY)
#define TINYML_THUMB_2 1
#endif

#if defined(TINYML_DSP) && defined(TINYML_THUMB_2)
#define TINYML_ASSEMBLY 1
#endif

#if defined(TINYML_DSP) || defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__) || defined(__aarch64__)
#define TINYML_UNALIGNED 1
#endif

#if defined(__thumb__) && !defined(__thumb2__) && defined(__GNUC__) && !defined(TINYML_NO_ASSEMBLY)
#define TINYML_THUMB_1 1
#endif

#if !defined(__AVR__) && !defined(__XTENSA__) && !(defined(__thumb__) && !defined(__thumb2__))
#define TINYML_LONG 1
#endif

#if defined(__XTENSA__)
#define TINYML_WIDE 1
#endif

#if defined(TINYML_LONG) && !defined(TINYML_WIDE) && !defined(__arm__) && !defined(__riscv_32e) && !defined(TINYML_DSP) && !defined(TINYML_HELIUM)
#define TINYML_FOURS 1
#endif

#if !defined(TINYML_DSP) && !defined(TINYML_HELIUM) && !defined(__AVR__)
#define TINYML_JOINED 1
#endif

#if defined(__GNUC__)
#define TINYML_INLINE static inline __attribute__((always_inline))
#define TINYML_OUTLINE static __attribute__((noinline, unused))
/* All of the function is its assembly, which finds addresses by adr, from a multiple of 4, and of whose registers the compiler
   knows nothing. */
#if defined(__clang__) || __GNUC__ < 8
#define TINYML_NAKED static __attribute__((naked, noinline, no_instrument_function, used, aligned(4)))
#else
#define TINYML_NAKED static \
    __attribute__((naked, noinline, noipa, no_instrument_function, no_profile_instrument_function, used, aligned(4)))
#endif
#define TINYML_UNUSED __attribute__((unused))
#define TINYML_KEEP(variable) __asm__("" : "+r"(variable)) /* in a register, of an origin that the compiler does not see */
#else
#define TINYML_INLINE static inline
#define TINYML_OUTLINE static
#define TINYML_NAKED static
#define TINYML_UNUSED
#define TINYML_KEEP(variable) ((void)(variable))
#endif

/* Whether the bytes at addresses and distances whose bits these are together can be taken as words. */
TINYML_INLINE int8_t tinyml_are_words(uintptr_t bits)
{
#if defined(__AVR__)
    (void)bits;
    return 0;
#elif defined(TINYML_UNALIGNED)
    (void)bits;
    return 1;
#else
    return (bits & 3) == 0;
#endif
}

#if defined(TINYML_UNALIGNED) || !defined(__GNUC__)
#define TINYML_WORD(bytes) (bytes)
#else
#define TINYML_WORD(bytes) __builtin_assume_aligned((bytes), 4)
#endif

/* The four bytes at p, which can be taken as a word. */
TINYML_INLINE uint32_t tinyml_load4(const int8_t *p)
{
    uint32_t word;
    memcpy(&word, TINYML_WORD(p), 4);
    return word;
}

TINYML_INLINE void tinyml_store4(int8_t *p, uint32_t word)
{
    memcpy(TINYML_WORD(p), &word, 4);
}

/* Copies n bytes; where the next go. memcpy is a function of a library, which a firmware may have for nothing else, and which may
   go byte by byte. */
TINYML_INLINE int8_t *tinyml_copy_bytes(int8_t *to, const int8_t *from, int32_t n)
{
    const int8_t *end = from;
    if (tinyml_are_words((uintptr_t)to | (uintptr_t)from)) {
        end += n & ~INT32_C(3);
        while (from != end) {
#if defined(TINYML_THUMB_2)
            uint32_t word;
            __asm__ volatile("ldr %0, [%2], #4\n\tstr %0, [%1], #4" : "=&r"(word), "+r"(to), "+r"(from) : : "memory");
#else
            tinyml_store4(to, tinyml_load4(from));
            to += 4;
            from += 4;
#endif
        }
        n &= 3;
    }
#if defined(TINYML_UNALIGNED)
    if (n & 2) {
        memcpy(to, from, 2);
        to += 2;
        from += 2;
    }
    if (n & 1) {
        *to++ = *from;
    }
#else
    end += n;
    while (from != end) {
        *to++ = *from++;
    }
#endif
    return to;
}

TINYML_INLINE int8_t tinyml_read_either(const int8_t *address, int8_t in_flash)
{
    return TINYML_IS_APART(in_flash) ? tinyml_read_i8(address) : *address;
}

TINYML_OUTLINE TINYML_SMALL void tinyml_fill_bytes(int8_t *to, int8_t value, int32_t n)
{
#if defined(TINYML_HELIUM)
    const int8x16_t values = vdupq_n_s8(value);
    for (; n > 16; n -= 16, to += 16) {
        vstrbq_s8(to, values);
    }
    vstrbq_p_s8(to, values, vctp8q((uint32_t)n));
#else
#if !defined(__AVR__)
    const uint32_t word = (uint8_t)value * UINT32_C(0x01010101);
#if !defined(TINYML_UNALIGNED)
    for (; n > 0 && ((uintptr_t)to & 3) != 0; n--) {
        *to++ = value;
    }
#endif
    for (; n >= 4; n -= 4, to += 4) {
#if defined(TINYML_UNALIGNED)
        memcpy(to, &word, 4);
#else
        *(uint32_t *)(void *)to = word;
#endif
    }
#endif
    for (; n > 0; n--) {
        *to++ = value;
    }
#endif
}


#if defined(TINYML_DSP)

/* Two numbers of 16 bits as a word. */
TINYML_INLINE uint32_t tinyml_load_pair(const int16_t *p)
{
    uint32_t pair;
    memcpy(&pair, p, 4);
    return pair;
}

#if defined(TINYML_DSP_MODEL)

/* Bytes 0 and 2 of a word as two numbers of 16 bits; bytes 1 and 3. */
TINYML_INLINE uint32_t tinyml_even(uint32_t word)
{
    return (uint32_t)(uint16_t)(int8_t)word | (uint32_t)(uint16_t)(int8_t)(word >> 16) << 16;
}

TINYML_INLINE uint32_t tinyml_odd(uint32_t word)
{
    return tinyml_even(word >> 8);
}

/* As tinyml_even and tinyml_odd, and each half of `halves` added. */
TINYML_INLINE uint32_t tinyml_even_plus(uint32_t halves, uint32_t word)
{
    const uint32_t even = tinyml_even(word);
    return ((halves + even) & 0xffff) | ((halves & 0xffff0000u) + (even & 0xffff0000u));
}

TINYML_INLINE uint32_t tinyml_odd_plus(uint32_t halves, uint32_t word)
{
    return tinyml_even_plus(halves, word >> 8);
}

/* sum + a.low * b.low + a.high * b.high, modulo 2^32. */
TINYML_INLINE uint32_t tinyml_add_products(uint32_t a, uint32_t b, uint32_t sum)
{
    const int32_t low = (int32_t)(int16_t)a * (int16_t)b, high = (int32_t)(int16_t)(a >> 16) * (int16_t)(b >> 16);
    return sum + (uint32_t)low + (uint32_t)high;
}

/* The same of 64 bits. */
TINYML_INLINE int64_t tinyml_add_products_long(uint32_t a, uint32_t b, int64_t sum)
{
    const int32_t low = (int32_t)(int16_t)a * (int16_t)b, high = (int32_t)(int16_t)(a >> 16) * (int16_t)(b >> 16);
    return sum + low + high;
}

/* sum + a * b / 2^32, rounded to the nearest, halves up; modulo 2^32. */
TINYML_INLINE int32_t tinyml_add_high(int32_t a, int32_t b, int32_t sum)
{
    const uint64_t product = (uint64_t)((int64_t)a * b) + UINT32_C(0x80000000);
    return (int32_t)((uint32_t)sum + (uint32_t)(product >> 32));
}

/* The same, but the product subtracted. */
TINYML_INLINE int32_t tinyml_subtract_high(int32_t a, int32_t b, int32_t sum)
{
    const uint64_t product = UINT32_C(0x80000000) - (uint64_t)((int64_t)a * b);
    return (int32_t)((uint32_t)sum + (uint32_t)(product >> 32));
}

TINYML_INLINE int32_t tinyml_saturate_8(int32_t value)
{
    return value < -128 ? -128 : value > 127 ? 127 : value;
}

#else

TINYML_INLINE uint32_t tinyml_even(uint32_t word)
{
    uint32_t halves;
    __asm__("sxtb16 %0, %1" : "=r"(halves) : "r"(word));
    return halves;
}

TINYML_INLINE uint32_t tinyml_odd(uint32_t word)
{
    uint32_t halves;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(word));
    return halves;
}

TINYML_INLINE uint32_t tinyml_even_plus(uint32_t halves, uint32_t word)
{
    uint32_t result;
    __asm__("sxtab16 %0, %1, %2" : "=r"(result) : "r"(halves), "r"(word));
    return result;
}

TINYML_INLINE uint32_t tinyml_odd_plus(uint32_t halves, uint32_t word)
{
    uint32_t result;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(halves), "r"(word));
    return result;
}

TINYML_INLINE uint32_t tinyml_add_products(uint32_t a, uint32_t b, uint32_t sum)
{
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

TINYML_INLINE int64_t tinyml_add_products_long(uint32_t a, uint32_t b, int64_t sum)
{
    __asm__("smlald %Q0, %R0, %1, %2" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

TINYML_INLINE int32_t tinyml_add_high(int32_t a, int32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

TINYML_INLINE int32_t tinyml_subtract_high(int32_t a, int32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smmlsr %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

TINYML_INLINE int32_t tinyml_saturate_8(int32_t value)
{
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(value));
    return result;
}

#endif
#endif

#endif
