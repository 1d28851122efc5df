#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_requantize.h"

/* Channels at most: of more, copies that serve them all cost less than to read values again for each pair. */
enum { TINYML_FEW_CHANNELS = 3 };

#if defined(TINYML_HELIUM)

/* Of two elements' values, y being the second's, the sums with one channel's weights. */
TINYML_INLINE void tinyml_few_of_one(const int8_t *x, const int8_t *y, const int8_t *w, int32_t depth, uint32_t sums[2])
{
    int32_t a = (int32_t)sums[0], b = (int32_t)sums[1];
    for (; depth > 0; depth -= 16, x += 16, y += 16, w += 16) {
        const mve_pred16_t some = vctp8q((uint32_t)depth);
        const int8x16_t weights = vldrbq_z_s8(w, some);
        a = vmladavaq_s8(a, vldrbq_z_s8(x, some), weights);
        b = vmladavaq_s8(b, vldrbq_z_s8(y, some), weights);
    }
    sums[0] = (uint32_t)a;
    sums[1] = (uint32_t)b;
}

/* With those of two channels. */
TINYML_INLINE void tinyml_few_of_two(const int8_t *x, const int8_t *y, const int8_t *w, int32_t depth, uint32_t sums[4])
{
    const int8_t *v = w + depth;
    int32_t a = (int32_t)sums[0], b = (int32_t)sums[1], c = (int32_t)sums[2], d = (int32_t)sums[3];
    for (; depth > 0; depth -= 16, x += 16, y += 16, w += 16, v += 16) {
        const mve_pred16_t some = vctp8q((uint32_t)depth);
        const int8x16_t first = vldrbq_z_s8(x, some), second = vldrbq_z_s8(y, some), one = vldrbq_z_s8(w, some),
                        two = vldrbq_z_s8(v, some);
        a = vmladavaq_s8(a, first, one);
        b = vmladavaq_s8(b, second, one);
        c = vmladavaq_s8(c, first, two);
        d = vmladavaq_s8(d, second, two);
    }
    sums[0] = (uint32_t)a;
    sums[1] = (uint32_t)b;
    sums[2] = (uint32_t)c;
    sums[3] = (uint32_t)d;
}

#else

/* The value at *p, which is then behind it. */
#if defined(TINYML_THUMB_2) && !defined(TINYML_DSP)

typedef int32_t tinyml_few_value;

TINYML_INLINE tinyml_few_value tinyml_few_next(const int8_t **p, int8_t in_flash TINYML_UNUSED)
{
    int32_t value; /* one instruction, where GCC adds to each of several pointers */
    __asm__ volatile("ldrsb %0, [%1], #1" : "=r"(value), "+r"(*p) : : "memory");
    return value;
}

#else

typedef int8_t tinyml_few_value;

TINYML_INLINE tinyml_few_value tinyml_few_next(const int8_t **p, int8_t in_flash)
{
    return tinyml_read_either((*p)++, in_flash);
}

#endif

TINYML_OUTLINE void tinyml_few_of_one(const int8_t *x, const int8_t *y, const int8_t *w, int32_t depth, uint32_t sums[2])
{
    uint32_t a = sums[0], b = sums[1];
#if defined(TINYML_THUMB_1)
    int32_t k = 0; /* loads with a sign take two registers: one index serves all */
    do {
        const int8_t weight = w[k];
        a += (uint32_t)(int32_t)(x[k] * weight);
        b += (uint32_t)(int32_t)(y[k] * weight);
        k++;
        TINYML_KEEP(k);
    } while (k != depth);
#else
    int32_t left;
#define TINYML_FEW_VALUE                                                \
    {                                                                   \
        const tinyml_few_value weight = tinyml_few_next(&w, 1);         \
        a += (uint32_t)(int32_t)(tinyml_few_next(&x, 0) * weight);      \
        b += (uint32_t)(int32_t)(tinyml_few_next(&y, 0) * weight);      \
    }
    for (left = depth >> 2; left > 0; left--) {
#if defined(TINYML_DSP)
        const uint32_t p = tinyml_load4(x), q = tinyml_load4(y), weights = tinyml_load4(w);
        const uint32_t even = tinyml_even(weights), odd = tinyml_odd(weights);
        a = tinyml_add_products(tinyml_odd(p), odd, tinyml_add_products(tinyml_even(p), even, a));
        b = tinyml_add_products(tinyml_odd(q), odd, tinyml_add_products(tinyml_even(q), even, b));
        x += 4;
        y += 4;
        w += 4;
#else
        TINYML_FEW_VALUE
        TINYML_FEW_VALUE
        TINYML_FEW_VALUE
        TINYML_FEW_VALUE
#endif
    }
    for (left = depth & 3; left > 0; left--) {
        TINYML_FEW_VALUE
    }
#undef TINYML_FEW_VALUE
#endif
    sums[0] = a;
    sums[1] = b;
}

TINYML_OUTLINE void tinyml_few_of_two(const int8_t *x, const int8_t *y, const int8_t *w, int32_t depth, uint32_t sums[4])
{
#if defined(TINYML_THUMB_1) || defined(__AVR__) /* registers for no more */
    tinyml_few_of_one(x, y, w, depth, sums);
    tinyml_few_of_one(x, y, w + depth, depth, sums + 2);
#else
    const int8_t *v = w + depth;
    int32_t left;
    uint32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
#define TINYML_FEW_VALUE                                                                             \
    {                                                                                                \
        const tinyml_few_value p = tinyml_few_next(&x, 0), q = tinyml_few_next(&y, 0);               \
        const tinyml_few_value one = tinyml_few_next(&w, 1), two = tinyml_few_next(&v, 1);           \
        a += (uint32_t)(int32_t)(p * one);                                                           \
        b += (uint32_t)(int32_t)(q * one);                                                           \
        c += (uint32_t)(int32_t)(p * two);                                                           \
        d += (uint32_t)(int32_t)(q * two);                                                           \
    }
    for (left = depth >> 2; left > 0; left--) {
#if defined(TINYML_DSP)
        const uint32_t p = tinyml_load4(x), q = tinyml_load4(y), one = tinyml_load4(w), two = tinyml_load4(v);
        a = tinyml_add_products(tinyml_odd(p), tinyml_odd(one), tinyml_add_products(tinyml_even(p), tinyml_even(one), a));
        b = tinyml_add_products(tinyml_odd(q), tinyml_odd(one), tinyml_add_products(tinyml_even(q), tinyml_even(one), b));
        c = tinyml_add_products(tinyml_odd(p), tinyml_odd(two), tinyml_add_products(tinyml_even(p), tinyml_even(two), c));
        d = tinyml_add_products(tinyml_odd(q), tinyml_odd(two), tinyml_add_products(tinyml_even(q), tinyml_even(two), d));
        x += 4;
        y += 4;
        w += 4;
        v += 4;
#else
        TINYML_FEW_VALUE
        TINYML_FEW_VALUE
        TINYML_FEW_VALUE
        TINYML_FEW_VALUE
#endif
    }
    for (left = depth & 3; left > 0; left--) {
        TINYML_FEW_VALUE
    }
#undef TINYML_FEW_VALUE
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
#endif
}

#endif

/* Two elements at a time: both are read before any of their channels is written. */
void tinyml_conv_2d_few_s8(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
                           const int32_t *bias, const int32_t *scale, int8_t *output)
{
    TINYML_PARAMS(tinyml_fully_connected_params, p, params);
    const tinyml_outputs outputs = TINYML_OUTPUTS(*p);
    const int32_t depth = p->input_depth, channels = p->output_depth, step = p->per_channel ? 2 : 0, offset = p->output_offset;
    int8_t *const first = output;
    int32_t left, c;
    for (left = p->batches; left > 0; left -= 2, input += 2 * depth, output += 2 * channels) {
        const int8_t *const next = left > 1 ? input + depth : input; /* of a last one alone all is done twice */
        int8_t *const second = left > 1 ? output + channels : output;
        uint32_t sums[2 * TINYML_FEW_CHANNELS];
        for (c = 0; c < channels; c++) {
            sums[2 * c] = sums[2 * c + 1] = (uint32_t)tinyml_read_i32(bias + c);
        }
        if (channels > 1) {
            tinyml_few_of_two(input, next, filter, depth, sums);
        }
        if (channels != 2) {
            tinyml_few_of_one(input, next, filter + (channels - 1) * depth, depth, sums + 2 * (channels - 1));
        }
        for (c = 0; c < channels; c++) {
            tinyml_requantize_both(sums[2 * c], sums[2 * c + 1], scale + c * step, offset, output + c, second + c);
        }
    }
    tinyml_clamp(first, p->batches * channels, &outputs);
}
