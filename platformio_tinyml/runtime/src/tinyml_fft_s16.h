/* The fast Fourier transform of complex numbers of 16 bits, in stages of radix 4 and at most one of radix 2, each of which
   divides by its radix first: the algorithm and the roundings of kissfft in fixed point. */
#ifndef TINYML_FFT_S16_H
#define TINYML_FFT_S16_H

#include "tinyml_core.h"

typedef struct {
    int16_t r;
    int16_t i;
} tinyml_complex_s16;

/* 15 fractional bits less, rounded to the nearest, halves up. */
TINYML_INLINE int16_t tinyml_fft_round(int32_t value)
{
    return (int16_t)((value + (1 << 14)) >> 15);
}

TINYML_INLINE tinyml_complex_s16 tinyml_fft_complex(int32_t r, int32_t i)
{
    tinyml_complex_s16 value;
    value.r = (int16_t)r;
    value.i = (int16_t)i;
    return value;
}

TINYML_INLINE tinyml_complex_s16 tinyml_fft_add(tinyml_complex_s16 a, tinyml_complex_s16 b)
{
    return tinyml_fft_complex(a.r + b.r, a.i + b.i);
}

TINYML_INLINE tinyml_complex_s16 tinyml_fft_sub(tinyml_complex_s16 a, tinyml_complex_s16 b)
{
    return tinyml_fft_complex(a.r - b.r, a.i - b.i);
}

/* Divided by 2 or 4: times 32767 / 2 or 32767 / 4, rounded down, of 2^15. */
TINYML_INLINE tinyml_complex_s16 tinyml_fft_part(tinyml_complex_s16 a, int32_t factor)
{
    return tinyml_fft_complex(tinyml_fft_round(a.r * factor), tinyml_fft_round(a.i * factor));
}

/* Times the entry `index` of a table in flash. */
TINYML_INLINE tinyml_complex_s16 tinyml_fft_times(tinyml_complex_s16 a, const int16_t *table, int32_t index)
{
    const int32_t r = tinyml_read_i16(table + 2 * index), i = tinyml_read_i16(table + 2 * index + 1);
    return tinyml_fft_complex(tinyml_fft_round(a.r * r - a.i * i), tinyml_fft_round(a.r * i + a.i * r));
}

enum {
    TINYML_FFT_HALF = 32767 / 2,
    TINYML_FFT_QUARTER = 32767 / 4
};

/* Where the input's number `position` goes comes from: digits of base 4, of base 2 the last, in the other order. */
static inline int32_t tinyml_fft_source(int32_t position, int32_t bits)
{
    int32_t index = 0, done = 0;
    while (bits > 0) {
        const int32_t digit = bits > 1 ? 2 : 1;
        bits -= digit;
        index += (position >> bits) << done;
        position &= (INT32_C(1) << bits) - 1;
        done += digit;
    }
    return index;
}

/* All stages, on 2^bits numbers in that order. */
static void tinyml_fft_s16(tinyml_complex_s16 *x, int32_t bits, const int16_t *twiddles, int32_t is_inverse)
{
    const int32_t size = INT32_C(1) << bits;
    int32_t m = 1, block, k;
    if (bits & 1) {
        for (block = 0; block < size; block += 2) {
            const tinyml_complex_s16 a = tinyml_fft_part(x[block], TINYML_FFT_HALF);
            const tinyml_complex_s16 b = tinyml_fft_times(tinyml_fft_part(x[block + 1], TINYML_FFT_HALF), twiddles, 0);
            x[block] = tinyml_fft_add(a, b);
            x[block + 1] = tinyml_fft_sub(a, b);
        }
        m = 2;
    }
    for (; m < size; m *= 4) {
        const int32_t step = size / (4 * m);
        for (block = 0; block < size; block += 4 * m) {
            for (k = 0; k < m; k++) {
                tinyml_complex_s16 *y = x + block + k;
                const tinyml_complex_s16 first = tinyml_fft_part(y[0], TINYML_FFT_QUARTER);
                const tinyml_complex_s16 a = tinyml_fft_times(tinyml_fft_part(y[m], TINYML_FFT_QUARTER), twiddles, k * step);
                const tinyml_complex_s16 b =
                    tinyml_fft_times(tinyml_fft_part(y[2 * m], TINYML_FFT_QUARTER), twiddles, 2 * k * step);
                const tinyml_complex_s16 c =
                    tinyml_fft_times(tinyml_fft_part(y[3 * m], TINYML_FFT_QUARTER), twiddles, 3 * k * step);
                const tinyml_complex_s16 even = tinyml_fft_add(first, b), odd = tinyml_fft_sub(first, b);
                const tinyml_complex_s16 sum = tinyml_fft_add(a, c), difference = tinyml_fft_sub(a, c);
                const tinyml_complex_s16 one = tinyml_fft_complex(odd.r + difference.i, odd.i - difference.r);
                const tinyml_complex_s16 other = tinyml_fft_complex(odd.r - difference.i, odd.i + difference.r);
                y[0] = tinyml_fft_add(even, sum);
                y[2 * m] = tinyml_fft_sub(even, sum);
                y[m] = is_inverse ? other : one;
                y[3 * m] = is_inverse ? one : other;
            }
        }
    }
}

#endif
