/* The loops of tinyml_taps.h, which includes this, for Helium. */
#ifndef TINYML_TAPS_HELIUM_H
#define TINYML_TAPS_HELIUM_H

/* Sums of four channels, of the first window and of the second. */
TINYML_OUTLINE void tinyml_depthwise_four(const tinyml_windows *windows, int32_t channel, const int32_t *bias,
                                          uint32_t sums[8])
{
    const tinyml_tap *tap = windows->taps, *const end = windows->end;
    const int8_t *w = windows->filter + channel;
    const int32_t step = windows->channels, at = tinyml_tap_channel(windows, channel);
    int32x4_t a = vldrwq_s32(bias), b = a;
    for (; tap != end; tap++, w += step) {
        const int32x4_t weights = vldrbq_s32(w);
        a = vaddq_s32(a, vmulq_s32(vldrbq_s32(tinyml_tap_values(windows, tap->x[0]) + at), weights));
        b = vaddq_s32(b, vmulq_s32(vldrbq_s32(tinyml_tap_values(windows, tap->x[1]) + at), weights));
    }
    vstrwq_s32((int32_t *)sums, a);
    vstrwq_s32((int32_t *)sums + 4, b);
}

/* Outputs of eight channels, products of those with even numbers and of the others apart: 18 instructions for 16. */
TINYML_OUTLINE void tinyml_depthwise_eight(const tinyml_windows *windows, int32_t channel, const int32_t *bias,
                                           const int32_t *scale, int8_t *first, int8_t *second)
{
    const uint32x4_t twos = tinyml_offsets(2), biases = tinyml_offsets(8), scales = tinyml_offsets(16);
    const tinyml_tap *tap = windows->taps, *const end = windows->end;
    const int8_t *w = windows->filter + channel;
    const int32_t step = windows->channels, offset = windows->offset, at = tinyml_tap_channel(windows, channel);
    int32x4_t a = vldrwq_gather_offset_s32(bias, biases), b = vldrwq_gather_offset_s32(bias + 1, biases), c = a, d = b;
    for (; tap != end; tap++, w += step) {
        const int16x8_t weights = vldrbq_s16(w), x = vldrbq_s16(tinyml_tap_values(windows, tap->x[0]) + at);
        const int16x8_t y = vldrbq_s16(tinyml_tap_values(windows, tap->x[1]) + at);
        a = vaddq_s32(a, vmullbq_int_s16(x, weights));
        b = vaddq_s32(b, vmulltq_int_s16(x, weights));
        c = vaddq_s32(c, vmullbq_int_s16(y, weights));
        d = vaddq_s32(d, vmulltq_int_s16(y, weights));
    }
    {
        const int32x4_t one = vldrwq_gather_offset_s32(scale, scales), two = vldrwq_gather_offset_s32(scale + 1, scales);
        vstrbq_scatter_offset_s32(first, twos, tinyml_outputs_4(a, one, two, offset));
        vstrbq_scatter_offset_s32(second, twos, tinyml_outputs_4(c, one, two, offset));
    }
    {
        const int32x4_t one = vldrwq_gather_offset_s32(scale + 2, scales), two = vldrwq_gather_offset_s32(scale + 3, scales);
        vstrbq_scatter_offset_s32(first + 1, twos, tinyml_outputs_4(b, one, two, offset));
        vstrbq_scatter_offset_s32(second + 1, twos, tinyml_outputs_4(d, one, two, offset));
    }
}

/* Sums of 16 channels: vector k those of channels k, k + 4, k + 8 and k + 12, as products of 16 bytes are of the even ones and of the
   odd ones, and so are these widened. */
typedef struct {
    int32x4_t a, b, c, d;
} tinyml_sixteen;

/* Adds the products of so many pairs of taps, the first of which says at `x` where its values lie. Two products are added in 16 bits,
   negative, as -128 * -128 twice does not fit else: 28 instructions for 32. Where the next weights are. */
TINYML_INLINE const int8_t *tinyml_depthwise_twos(const tinyml_windows *windows TINYML_UNUSED, const int32_t *x, int32_t at,
                                                  const int8_t *w, int32_t step, tinyml_sixteen *sums, int32_t pairs)
{
#if defined(TINYML_THUMB_2)
    /* The compiler keeps a sum in memory. */
    int32x4_t p, q, r, s;
    int32_t first, second;
    __asm__ volatile("wls lr, %[pairs], 2f\n"
                     "1:\n\tldr %[x], [%[tap]], #12\n\tldr %[y], [%[tap]], #12\n\tadd %[x], %[x], %[at]\n\t"
                     "add %[y], %[y], %[at]\n\tvldrb.8 %q[p], [%[x]]\n\tvldrb.8 %q[q], [%[w]]\n\tadd %[w], %[w], %[step]\n\t"
                     "vmullb.s8 %q[r], %q[p], %q[q]\n\tvmullt.s8 %q[p], %q[p], %q[q]\n\t"
                     "vldrb.8 %q[q], [%[w]]\n\tvldrb.8 %q[s], [%[y]]\n\tadd %[w], %[w], %[step]\n\t"
                     "vmullb.s8 %q[s], %q[s], %q[q]\n\tvadd.i16 %q[r], %q[r], %q[s]\n\tvldrb.8 %q[s], [%[y]]\n\t"
                     "vmullt.s8 %q[s], %q[s], %q[q]\n\tvadd.i16 %q[p], %q[p], %q[s]\n\tvneg.s16 %q[r], %q[r]\n\t"
                     "vneg.s16 %q[p], %q[p]\n\tvmovlb.s16 %q[q], %q[r]\n\tvsub.i32 %q[a], %q[a], %q[q]\n\t"
                     "vmovlt.s16 %q[s], %q[r]\n\tvsub.i32 %q[c], %q[c], %q[s]\n\tvmovlb.s16 %q[q], %q[p]\n\t"
                     "vsub.i32 %q[b], %q[b], %q[q]\n\tvmovlt.s16 %q[s], %q[p]\n\tvsub.i32 %q[d], %q[d], %q[s]\n\t"
                     "le lr, 1b\n2:"
                     : [tap] "+r"(x), [w] "+r"(w), [a] "+w"(sums->a), [b] "+w"(sums->b), [c] "+w"(sums->c),
                       [d] "+w"(sums->d), [x] "=&r"(first), [y] "=&r"(second), [p] "=&w"(p), [q] "=&w"(q), [r] "=&w"(r),
                       [s] "=&w"(s)
                     : [step] "r"(step), [at] "r"(at), [pairs] "r"(pairs)
                     : "lr", "cc", "memory");
#else
    for (; pairs > 0; pairs--, x += 2 * TINYML_TAP_WORDS, w += 2 * step) {
        int8x16_t values = vldrbq_s8(tinyml_tap_values(windows, x[0]) + at), weights = vldrbq_s8(w);
        int16x8_t even = vmullbq_int_s8(values, weights), odd = vmulltq_int_s8(values, weights);
        values = vldrbq_s8(tinyml_tap_values(windows, x[TINYML_TAP_WORDS]) + at);
        weights = vldrbq_s8(w + step);
        even = vnegq_s16(vaddq_s16(even, vmullbq_int_s8(values, weights)));
        odd = vnegq_s16(vaddq_s16(odd, vmulltq_int_s8(values, weights)));
        sums->a = vsubq_s32(sums->a, vmovlbq_s16(even));
        sums->b = vsubq_s32(sums->b, vmovlbq_s16(odd));
        sums->c = vsubq_s32(sums->c, vmovltq_s16(even));
        sums->d = vsubq_s32(sums->d, vmovltq_s16(odd));
    }
#endif
    return w;
}

/* Adds the products of so many taps, `at` bytes behind what they say, whose weights lie `step` bytes apart. */
TINYML_INLINE void tinyml_depthwise_add(const tinyml_windows *windows, const int32_t *x, int32_t at, const int8_t *w, int32_t step,
                                        tinyml_sixteen *sums, int32_t count)
{
    w = tinyml_depthwise_twos(windows, x, at, w, step, sums, count >> 1);
    if (count & 1) {
        const int8x16_t values = vldrbq_s8(tinyml_tap_values(windows, x[(count - 1) * TINYML_TAP_WORDS]) + at);
        const int8x16_t weights = vldrbq_s8(w);
        const int16x8_t even = vmullbq_int_s8(values, weights), odd = vmulltq_int_s8(values, weights);
        sums->a = vaddq_s32(sums->a, vmovlbq_s16(even));
        sums->b = vaddq_s32(sums->b, vmovlbq_s16(odd));
        sums->c = vaddq_s32(sums->c, vmovltq_s16(even));
        sums->d = vaddq_s32(sums->d, vmovltq_s16(odd));
    }
}

/* Outputs of these before they are saturated. */
TINYML_INLINE int8x16_t tinyml_sixteen_bytes(const tinyml_sixteen *high)
{
    const int16x8_t even = vqmovntq_s32(vqmovnbq_s32(vreinterpretq_s16_s32(high->a), high->a), high->c);
    const int16x8_t odd = vqmovntq_s32(vqmovnbq_s32(vreinterpretq_s16_s32(high->b), high->b), high->d);
    return vqmovntq_s16(vqmovnbq_s16(vreinterpretq_s8_s16(even), even), odd);
}

/* Outputs of 16 channels of window `which`. */
TINYML_INLINE void tinyml_depthwise_sixteen(const tinyml_windows *windows, int32_t which, int32_t channel, const int32_t *bias,
                                            const int32_t *scale, int8_t *to)
{
    const int32_t offset = windows->offset, at = tinyml_tap_channel(windows, channel);
    const uint32x4_t biases = TINYML_ADDRESSES(bias, tinyml_offsets(16)), scales = TINYML_ADDRESSES(scale, tinyml_offsets(32));
    tinyml_sixteen sums;
    sums.a = TINYML_GATHER(bias, biases, 0);
    sums.b = TINYML_GATHER(bias, biases, 1);
    sums.c = TINYML_GATHER(bias, biases, 2);
    sums.d = TINYML_GATHER(bias, biases, 3);
    tinyml_depthwise_add(windows, &windows->taps->x[which], at, windows->filter + channel, windows->channels, &sums, windows->count);
    sums.a = tinyml_high_4(sums.a, TINYML_GATHER(scale, scales, 0), TINYML_GATHER(scale, scales, 1), offset);
    sums.c = tinyml_high_4(sums.c, TINYML_GATHER(scale, scales, 4), TINYML_GATHER(scale, scales, 5), offset);
    sums.b = tinyml_high_4(sums.b, TINYML_GATHER(scale, scales, 2), TINYML_GATHER(scale, scales, 3), offset);
    sums.d = tinyml_high_4(sums.d, TINYML_GATHER(scale, scales, 6), TINYML_GATHER(scale, scales, 7), offset);
    vstrbq_s8(to, tinyml_sixteen_bytes(&sums));
}

/* Channels up to a multiple of 16 of both windows, the second first. How many these are. */
TINYML_OUTLINE int32_t tinyml_depthwise_sixteens(const tinyml_windows *windows, const int32_t *bias, const int32_t *scale)
{
    int32_t channel = 0;
    for (; channel + 16 <= windows->channels; channel += 16, bias += 16, scale += 32) {
        tinyml_depthwise_sixteen(windows, 1, channel, bias, scale, windows->second + channel);
        tinyml_depthwise_sixteen(windows, 0, channel, bias, scale, windows->first + channel);
    }
    return channel;
}

#endif
