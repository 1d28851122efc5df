#include "tinyml_core.h"
#include "tinyml_kernels.h"
#include "tinyml_requantize.h"

/* The filter of four channels lies as groups of 4 weights: of each group those of the first channel, of the second, of the
   third, of the fourth; the last one to three channels likewise among themselves. A row's values behind the last whole
   group are the last group, filled up with anything: they meet weights of 0. */

#if defined(TINYML_ASSEMBLY)

enum { TINYML_DENSE_CODE = 80 };

/* One group of four channels: 20 instructions, all of 4 bytes, for 16 products. */
#define TINYML_DENSE_STEP                                                                                    \
    "ldr r8, [%[x]], #4\n\tldmia.w %[w]!, {r2-r5}\n\tsxtb16 r6, r8\n\tsxtb16 r8, r8, ror #8\n\t"               \
    TINYML_DENSE_CHANNEL("r2", "a") TINYML_DENSE_CHANNEL("r3", "b")                                          \
    TINYML_DENSE_CHANNEL("r4", "c") TINYML_DENSE_CHANNEL("r5", "d")
#define TINYML_DENSE_CHANNEL(weights, sum)                                                                   \
    "sxtb16 r9, " weights "\n\tsxtb16 " weights ", " weights ", ror #8\n\t"                                    \
    "smlad %[" sum "], r9, r6, %[" sum "]\n\tsmlad %[" sum "], " weights ", r8, %[" sum "]\n\t"

TINYML_OUTLINE const int8_t *tinyml_dense_by_four(const int8_t *x, const int8_t *w, int32_t groups, uint32_t sums[4])
{
    uint32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    const tinyml_loop loop = TINYML_LOOP(groups, TINYML_DENSE_CODE, x + groups * 4);
    __asm__ volatile(TINYML_FOUR_STEPS(TINYML_DENSE_STEP, "x")
                     : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [x] "+r"(x), [w] "+r"(w)
                     : [entry] "m"(loop.entry), [end] "m"(loop.end)
                     : "r2", "r3", "r4", "r5", "r6", "r8", "r9", "cc", "memory");
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
    return w;
}

#else

/* x * w of one group for one channel, added to sum. */
TINYML_INLINE uint32_t tinyml_dense_group(const int8_t *x, const int8_t *w, uint32_t sum)
{
#if defined(TINYML_DSP)
    const uint32_t values = tinyml_load4(x), weights = tinyml_load4(w);
    sum = tinyml_add_products(tinyml_even(values), tinyml_even(weights), sum);
    return tinyml_add_products(tinyml_odd(values), tinyml_odd(weights), sum);
#else
    sum += (uint32_t)((int32_t)x[0] * tinyml_read_i8(w));
    sum += (uint32_t)((int32_t)x[1] * tinyml_read_i8(w + 1));
    sum += (uint32_t)((int32_t)x[2] * tinyml_read_i8(w + 2));
    sum += (uint32_t)((int32_t)x[3] * tinyml_read_i8(w + 3));
    return sum;
#endif
}

TINYML_OUTLINE const int8_t *tinyml_dense_by_four(const int8_t *x, const int8_t *w, int32_t groups, uint32_t sums[4])
{
#if defined(TINYML_DSP)
    for (; groups > 0; groups--, x += 4, w += 16) {
        sums[0] = tinyml_dense_group(x, w, sums[0]);
        sums[1] = tinyml_dense_group(x, w + 4, sums[1]);
        sums[2] = tinyml_dense_group(x, w + 8, sums[2]);
        sums[3] = tinyml_dense_group(x, w + 12, sums[3]);
    }
#else
    int32_t a = (int32_t)sums[0], b = (int32_t)sums[1], c = (int32_t)sums[2], d = (int32_t)sums[3];
    const int8_t *end = x + groups * 4;
#define TINYML_DENSE_VALUE(k)                                  \
    {                                                          \
        const int16_t value = x[k];                            \
        a += (int32_t)value * tinyml_read_i8(w + (k));         \
        b += (int32_t)value * tinyml_read_i8(w + (k) + 4);     \
        c += (int32_t)value * tinyml_read_i8(w + (k) + 8);     \
        d += (int32_t)value * tinyml_read_i8(w + (k) + 12);    \
    }
    for (; x != end; x += 4, w += 16) {
        TINYML_DENSE_VALUE(0)
        TINYML_DENSE_VALUE(1)
        TINYML_DENSE_VALUE(2)
        TINYML_DENSE_VALUE(3)
    }
#undef TINYML_DENSE_VALUE
    sums[0] = (uint32_t)a;
    sums[1] = (uint32_t)b;
    sums[2] = (uint32_t)c;
    sums[3] = (uint32_t)d;
#endif
    return w;
}

#endif

/* One channel, whose groups lie `step` bytes apart. */
TINYML_OUTLINE uint32_t tinyml_dense_by_one(const int8_t *x, const int8_t *w, int32_t step, int32_t groups, uint32_t sum)
{
    for (; groups > 0; groups--, x += 4, w += step) {
#if defined(TINYML_ASSEMBLY)
        const uint32_t values = tinyml_load4(x), weights = tinyml_load4(w);
        sum = tinyml_add_products(tinyml_even(values), tinyml_even(weights), sum);
        sum = tinyml_add_products(tinyml_odd(values), tinyml_odd(weights), sum);
#else
        sum = tinyml_dense_group(x, w, sum);
#endif
    }
    return sum;
}

void tinyml_fully_connected_s8(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *scale, int8_t *output)
{
    tinyml_fully_connected_params p;
    int32_t batch;
    TINYML_READ_PARAMS(p, params);
    const tinyml_outputs outputs = TINYML_OUTPUTS(p);
    const int32_t groups = p.input_depth >> 2;
    const int8_t rest = (int8_t)(p.input_depth & 3), step = p.per_channel ? 2 : 0;
    for (batch = 0; batch < p.batches; batch++) {
        const int8_t *weights = filter;
        const int32_t *sum = bias, *factors = scale;
        int8_t last[4] = {0, 0, 0, 0};
        int32_t left = p.output_depth;
        uint32_t sums[4];
        int8_t c;
        memcpy(last, input + groups * 4, (uintptr_t)rest);
        for (; left > 3; left -= 4) {
            sums[0] = (uint32_t)tinyml_read_i32(sum);
            sums[1] = (uint32_t)tinyml_read_i32(sum + 1);
            sums[2] = (uint32_t)tinyml_read_i32(sum + 2);
            sums[3] = (uint32_t)tinyml_read_i32(sum + 3);
            if (groups) {
                weights = tinyml_dense_by_four(input, weights, groups, sums);
            }
            if (rest) {
                weights = tinyml_dense_by_four(last, weights, 1, sums);
            }
            if (outputs.is_plain) {
                output[0] = tinyml_requantize_at(sums[0], factors, outputs.offset);
                output[1] = tinyml_requantize_at(sums[1], factors + step, outputs.offset);
                output[2] = tinyml_requantize_at(sums[2], factors + 2 * step, outputs.offset);
                output[3] = tinyml_requantize_at(sums[3], factors + 3 * step, outputs.offset);
            } else {
                for (c = 0; c < 4; c++) {
                    output[c] = tinyml_requantize_any(sums[c], factors + c * step, &outputs);
                }
            }
            sum += 4;
            factors += 4 * step;
            output += 4;
        }
        /* All sums of the last channels come before any output: an output may lie on its own input. */
        for (c = 0; c < left; c++) {
            const int8_t *w = weights + 4 * c;
            sums[c] = tinyml_dense_by_one(input, w, 4 * left, groups, (uint32_t)tinyml_read_i32(sum + c));
            if (rest) {
                sums[c] = tinyml_dense_by_one(last, w + 4 * left * groups, 0, 1, sums[c]);
            }
        }
        for (c = 0; c < left; c++, factors += step) {
            *output++ = tinyml_requantize_any(sums[c], factors, &outputs);
        }
        input += p.input_depth;
    }
}
