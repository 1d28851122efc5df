/* Products of two windows with their filters, channel by channel: the inner loop of DEPTHWISE_CONV_2D.

   A tap says where its values of all channels lie: weights, and what either window sees, the input's or, of padding, as
   many zero points. So borders, strides and dilations are the taps' affair, and the loop knows nothing of them. */
#ifndef TINYML_TAPS_H
#define TINYML_TAPS_H

#include "tinyml_requantize.h"

typedef struct {
    int32_t w;    /* of TINYML_THUMB_2 and TINYML_THUMB_1: address of the weights */
    int32_t x[2]; /* of each window: tinyml_tap_base plus bytes from the input's begin, or from tinyml_tap_zeros on, up to TINYML_TAP_ZEROS */
} tinyml_tap;

enum { TINYML_TAP_WORDS = sizeof(tinyml_tap) / sizeof(int32_t) };

typedef struct {
    const tinyml_tap *taps;
    int32_t channel;      /* the next */
    int32_t fours;        /* behind the last, a multiple of 4 behind the next */
    const int32_t *bias;  /* of the next channel */
    const int32_t *scale; /* of it, quick */
    int8_t *first;        /* where its output goes */
    int8_t *second;       /* the second window's */
    int32_t offset;       /* of outputs */
    const tinyml_tap *end;
    int32_t skip;   /* of TINYML_THUMB_2: bytes of code before the first tap of each channel */
    uint32_t *sums; /* NULL; else the 8 sums of four channels go here instead, and no output anywhere */
    const int8_t *input;
    const int8_t *zeros; /* zero points of all channels */
    const int8_t *filter;
    int32_t channels;
    int32_t wanted; /* how many of four channels are; where only assembly looks, all are made */
    int32_t more; /* of tinyml_depthwise_channels_u8: what all weights have more than the filter says */
#if defined(TINYML_HELIUM)
    int32_t count; /* of taps */
    int32_t moved;    /* bytes that both windows have gone on from what the taps say */
    int8_t is_steady; /* both are inside the input, the second one stride behind the first */
#endif
} tinyml_windows;

/* What a channel's values lie behind where the taps say. */
TINYML_INLINE int32_t tinyml_tap_channel(const tinyml_windows *windows TINYML_UNUSED, int32_t channel)
{
#if defined(TINYML_HELIUM)
    channel += windows->moved;
#endif
    return channel;
}

enum { TINYML_TAP_ZEROS = 512 };

/* What a tap says of the input's begin, and of padding; then where its values of all channels lie. Addresses of 64 bits, of
   hosts, do not fit. */
#if UINTPTR_MAX > UINT32_MAX

TINYML_INLINE int32_t tinyml_tap_base(const tinyml_windows *windows TINYML_UNUSED)
{
    return 0;
}

TINYML_INLINE int32_t tinyml_tap_zeros(const tinyml_windows *windows TINYML_UNUSED)
{
    return INT32_MIN;
}

TINYML_INLINE const int8_t *tinyml_tap_values(const tinyml_windows *windows, int32_t x)
{
    return x < INT32_MIN + TINYML_TAP_ZEROS ? windows->zeros + (x - INT32_MIN) : windows->input + x;
}

#else

TINYML_INLINE int32_t tinyml_tap_base(const tinyml_windows *windows)
{
    return (int32_t)(uintptr_t)windows->input;
}

TINYML_INLINE int32_t tinyml_tap_zeros(const tinyml_windows *windows)
{
    return (int32_t)(uintptr_t)windows->zeros;
}

TINYML_INLINE const int8_t *tinyml_tap_values(const tinyml_windows *windows TINYML_UNUSED, int32_t x)
{
    return (const int8_t *)(uintptr_t)(uint32_t)x;
}

#endif

#if defined(TINYML_THUMB_2) && !defined(TINYML_HELIUM)

#if defined(TINYML_DSP)

/* So many taps are unrolled, of so many bytes of code: 19 instructions for 8 products. */
enum { TINYML_TAPS_UNROLLED = 3, TINYML_TAP_CODE = 76 };

#define TINYML_TAP_PRODUCTS(a, b, c, d)                                                                      \
    "sxtb16 r12, lr\n\tsxtb16 lr, lr, ror #8\n\t"                                                            \
    "smlabb " a ", r12, r2, " a "\n\tsmlatt " c ", r12, r2, " c "\n\t"                                     \
    "smlabb " b ", lr, r3, " b "\n\tsmlatt " d ", lr, r3, " d "\n\t"
#define TINYML_TAP_STEP                                                                                      \
    "ldrd r3, lr, [r0], #8\n\tldr.w r3, [r1, r3]\n\tldr.w lr, [r1, lr]\n\t"                               \
    "sxtb16 r2, r3\n\tsxtb16 r3, r3, ror #8\n\t" TINYML_TAP_PRODUCTS("r4", "r5", "r6", "r7")                \
    "ldr.w lr, [r0], #4\n\tldr.w lr, [r1, lr]\n\t" TINYML_TAP_PRODUCTS("r8", "r9", "r10", "r11")
#define TINYML_TAP_OUTPUT(a, one, two)                                                                       \
    "smmlar " a ", " a ", " one ", " a "\n\tadd " a ", " a ", " a ", asr #31\n\t"                            \
    "smmlar " a ", " a ", " two ", lr\n\tssat " a ", #8, " a "\n\t"
#define TINYML_TAP_OUTPUTS(a, b, c, d)                                                                       \
    "ldmia.w r3!, {r0, r1, r2, r12}\n\t" TINYML_TAP_OUTPUT(a, "r0", "r1") TINYML_TAP_OUTPUT(b, "r0", "r1")   \
    TINYML_TAP_OUTPUT(c, "r2", "r12") TINYML_TAP_OUTPUT(d, "r2", "r12")
#define TINYML_TAP_ALL_OUTPUTS                                                                               \
    "ldr.w lr, [sp, #28]\n\t"                                                                               \
    TINYML_TAP_OUTPUTS("r4", "r8", "r5", "r9") TINYML_TAP_OUTPUTS("r6", "r10", "r7", "r11")

#else

/* Cortex-M3: 25 instructions for 8 products; no register is left for the channel. */
enum { TINYML_TAPS_UNROLLED = 3, TINYML_TAP_CODE = 100 };

#define TINYML_TAP_PRODUCTS(a, b, of)                                                                        \
    "sxtb.w r12, r2" of "\n\tsxtb.w r1, r3" of "\n\tmla " a ", r1, r12, " a "\n\t"                          \
    "sxtb.w r1, lr" of "\n\tmla " b ", r1, r12, " b "\n\t"
#define TINYML_TAP_STEP                                                                                      \
    "ldmia.w r0!, {r2, r3, lr}\n\tldr.w r1, [sp, #4]\n\t"                                                  \
    "ldr.w r2, [r2, r1]\n\tldr.w r3, [r3, r1]\n\tldr.w lr, [lr, r1]\n\t"                                  \
    TINYML_TAP_PRODUCTS("r4", "r8", "") TINYML_TAP_PRODUCTS("r5", "r9", ", ror #8")                          \
    TINYML_TAP_PRODUCTS("r6", "r10", ", ror #16") TINYML_TAP_PRODUCTS("r7", "r11", ", ror #24")
#define TINYML_TAP_OUTPUT(a)                                                                                 \
    "mov r2, lr\n\tsmlal r2, " a ", r0, " a "\n\tadd r2, " a ", " a ", asr #31\n\tldr " a ", [sp, #28]\n\t"  \
    "mov r12, lr\n\tsmlal r12, " a ", r1, r2\n\tssat " a ", #8, " a "\n\t"
#define TINYML_TAP_OUTPUTS(a, b) "ldrd r0, r1, [r3], #8\n\t" TINYML_TAP_OUTPUT(a) TINYML_TAP_OUTPUT(b)
#define TINYML_TAP_ALL_OUTPUTS                                                                               \
    "mov lr, #0x80000000\n\t"                                                                               \
    TINYML_TAP_OUTPUTS("r4", "r8") TINYML_TAP_OUTPUTS("r5", "r9") TINYML_TAP_OUTPUTS("r6", "r10") TINYML_TAP_OUTPUTS("r7", "r11")

#endif

/* All channels in fours: 60 instructions for each four beside those of their taps, 92 on Cortex-M3. The members lie on the stack,
   in order, since no register is left for where they are. */
TINYML_NAKED void tinyml_depthwise_fours(const tinyml_windows *windows TINYML_UNUSED)
{
    __asm__ volatile("push {r4-r11, lr}\n\tldmia r0, {r1-r11}\n\tadr.w r0, 2f\n\tadd r10, r10, r0\n\tadd r10, r10, #1\n\t"
                     "push {r1-r11}\n"
                     "1:\n\tldr r0, [sp, #12]\n\tldmia r0, {r8-r11}\n\tldmia r0!, {r4-r7}\n\tstr r0, [sp, #12]\n\t"
                     "ldrd r0, r1, [sp]\n\tldr pc, [sp, #36]\n\t"
                     ".balign 4\n2:\n\t" TINYML_TAP_STEP TINYML_TAP_STEP TINYML_TAP_STEP
                     "ldr r2, [sp, #32]\n\tcmp r0, r2\n\tbne 2b\n\t"
                     "ldr r0, [sp, #40]\n\tcbz r0, 3f\n\tstmia r0!, {r4-r11}\n\tb 4f\n"
                     "3:\n\tldr r3, [sp, #16]\n\t" TINYML_TAP_ALL_OUTPUTS
                     "str r3, [sp, #16]\n\tldrd r0, r1, [sp, #20]\n\t"
                     "strb r4, [r0], #1\n\tstrb r5, [r0], #1\n\tstrb r6, [r0], #1\n\tstrb r7, [r0], #1\n\t"
                     "strb r8, [r1], #1\n\tstrb r9, [r1], #1\n\tstrb r10, [r1], #1\n\tstrb r11, [r1], #1\n\t"
                     "strd r0, r1, [sp, #20]\n\tldrd r0, r1, [sp, #4]\n\tadds r0, #4\n\tstr r0, [sp, #4]\n\t"
                     "cmp r0, r1\n\tblt 1b\n"
                     "4:\n\tadd sp, #44\n\tpop {r4-r11, pc}\n\t");
}

#else

enum { TINYML_TAPS_UNROLLED = 1, TINYML_TAP_CODE = 0 };

#if defined(TINYML_HELIUM)

#include "tinyml_taps_helium.h"

#elif defined(TINYML_DSP)

TINYML_OUTLINE void tinyml_depthwise_four(const tinyml_windows *windows, int32_t channel, const int32_t *bias,
                                          uint32_t sums[8])
{
    const tinyml_tap *tap = windows->taps, *const end = windows->end;
    const int8_t *w = windows->filter + channel;
    int8_t k;
    for (k = 0; k < 4; k++) {
        sums[k] = sums[k + 4] = (uint32_t)bias[k];
    }
    for (; tap != end; tap++, w += windows->channels) {
        const uint32_t weights = tinyml_load4(w), even = tinyml_even(weights), odd = tinyml_odd(weights);
        for (k = 0; k < 2; k++) {
            const uint32_t values = tinyml_load4(tinyml_tap_values(windows, tap->x[k]) + channel);
            const uint32_t x_even = tinyml_even(values), x_odd = tinyml_odd(values);
            sums[4 * k] += (uint32_t)((int16_t)x_even * (int16_t)even);
            sums[4 * k + 1] += (uint32_t)((int16_t)x_odd * (int16_t)odd);
            sums[4 * k + 2] += (uint32_t)((int16_t)(x_even >> 16) * (int16_t)(even >> 16));
            sums[4 * k + 3] += (uint32_t)((int16_t)(x_odd >> 16) * (int16_t)(odd >> 16));
        }
    }
}

#elif defined(TINYML_FOURS)

TINYML_OUTLINE void tinyml_depthwise_four(const tinyml_windows *windows, int32_t channel, const int32_t *bias,
                                          uint32_t sums[8])
{
    const tinyml_tap *tap = windows->taps, *const end = windows->end;
    const int8_t *w = windows->filter + channel;
    const int32_t step = windows->channels;
    uint32_t a = (uint32_t)bias[0], c = (uint32_t)bias[1], e = (uint32_t)bias[2], g = (uint32_t)bias[3], b = a, d = c, f = e,
             h = g;
    for (; tap != end; tap++, w += step) {
        const int8_t *const x = tinyml_tap_values(windows, tap->x[0]) + channel;
        const int8_t *const y = tinyml_tap_values(windows, tap->x[1]) + channel;
        a += (uint32_t)(int32_t)(x[0] * w[0]);
        b += (uint32_t)(int32_t)(y[0] * w[0]);
        c += (uint32_t)(int32_t)(x[1] * w[1]);
        d += (uint32_t)(int32_t)(y[1] * w[1]);
        e += (uint32_t)(int32_t)(x[2] * w[2]);
        f += (uint32_t)(int32_t)(y[2] * w[2]);
        g += (uint32_t)(int32_t)(x[3] * w[3]);
        h += (uint32_t)(int32_t)(y[3] * w[3]);
    }
    sums[0] = a;
    sums[1] = c;
    sums[2] = e;
    sums[3] = g;
    sums[4] = b;
    sums[5] = d;
    sums[6] = f;
    sums[7] = h;
}

#elif defined(TINYML_THUMB_1)

/* Adds the products of two channels to sums[0] and [1], of the second window to [4] and [5]: 17 instructions for 4 products. */
TINYML_NAKED void tinyml_depthwise_two(const tinyml_tap *tap TINYML_UNUSED, int32_t channel TINYML_UNUSED,
                                       const tinyml_tap *end TINYML_UNUSED, uint32_t *sums TINYML_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4-r7, lr}\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\tpush {r3-r7}\n\t"
                     "mov r12, r2\n\tldmia r3!, {r4, r5}\n\tmov r8, r4\n\tmov r10, r5\n\t"
                     "ldr r4, [r3, #8]\n\tldr r5, [r3, #12]\n\tmov r9, r4\n\tmov r11, r5\n\tadds r7, r1, #1\n"
                     "1:\n\tldmia r0!, {r2, r3, r4}\n\t"
                     "ldrsb r5, [r2, r1]\n\tldrsb r6, [r3, r1]\n\tmuls r6, r5, r6\n\tadd r8, r6\n\t"
                     "ldrsb r6, [r4, r1]\n\tmuls r6, r5, r6\n\tadd r9, r6\n\t"
                     "ldrsb r5, [r2, r7]\n\tldrsb r6, [r3, r7]\n\tmuls r6, r5, r6\n\tadd r10, r6\n\t"
                     "ldrsb r6, [r4, r7]\n\tmuls r6, r5, r6\n\tadd r11, r6\n\tcmp r0, r12\n\tbne 1b\n\t"
                     "pop {r3}\n\tmov r4, r8\n\tmov r5, r10\n\tstmia r3!, {r4, r5}\n\t"
                     "mov r4, r9\n\tmov r5, r11\n\tstr r4, [r3, #8]\n\tstr r5, [r3, #12]\n\t"
                     "pop {r4-r7}\n\tmov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\tpop {r4-r7, pc}\n\t");
}

TINYML_OUTLINE void tinyml_depthwise_four(const tinyml_windows *windows, int32_t channel, const int32_t *bias,
                                          uint32_t sums[8])
{
    int32_t k;
    for (k = 0; k < windows->wanted; k += 2) {
        sums[k] = sums[k + 4] = (uint32_t)bias[k];
        sums[k + 1] = sums[k + 5] = (uint32_t)bias[k + 1];
        tinyml_depthwise_two(windows->taps, channel + k, windows->end, sums + k);
    }
}

#else

TINYML_INLINE void tinyml_depthwise_of_four(const tinyml_windows *windows, int32_t channel, const int32_t *bias,
                                            uint32_t sums[8], int8_t in_flash)
{
    int32_t k;
    for (k = 0; k < windows->wanted; k += 2) {
        const tinyml_tap *tap = windows->taps, *const end = windows->end;
        const int8_t *w = windows->filter + channel + k;
        const int32_t step = windows->channels;
        uint32_t a = (uint32_t)tinyml_read_i32(bias + k), b = a, c = (uint32_t)tinyml_read_i32(bias + k + 1), d = c;
        for (; tap != end; tap++, w += step) {
            const int8_t *const x = tinyml_tap_values(windows, tap->x[0]) + channel + k;
            const int8_t *const y = tinyml_tap_values(windows, tap->x[1]) + channel + k;
            const int8_t one = tinyml_read_either(w, in_flash), two = tinyml_read_either(w + 1, in_flash);
            a += (uint32_t)(int32_t)(x[0] * one);
            b += (uint32_t)(int32_t)(y[0] * one);
            c += (uint32_t)(int32_t)(x[1] * two);
            d += (uint32_t)(int32_t)(y[1] * two);
        }
        sums[k] = a;
        sums[k + 1] = c;
        sums[k + 4] = b;
        sums[k + 5] = d;
    }
}

TINYML_OUTLINE void tinyml_depthwise_four(const tinyml_windows *windows, int32_t channel, const int32_t *bias,
                                          uint32_t sums[8])
{
    tinyml_depthwise_of_four(windows, channel, bias, sums, 1);
}

#if defined(__AVR__)

/* Of four channels whose weights are unpacked in RAM. */
TINYML_OUTLINE void tinyml_depthwise_unpacked(const tinyml_windows *windows)
{
    tinyml_depthwise_of_four(windows, windows->channel, windows->bias, windows->sums, 0);
}

#endif

#endif

/* All channels in fours. */
TINYML_OUTLINE void tinyml_depthwise_fours(const tinyml_windows *windows)
{
    const int32_t *bias = windows->bias, *scale = windows->scale;
    int8_t *first = windows->first, *second = windows->second;
    int32_t channel;
    for (channel = windows->channel; channel < windows->fours; channel += 4) {
        uint32_t sums[8];
#if defined(TINYML_HELIUM)
        if (windows->sums == NULL && channel + 8 <= windows->fours) {
            tinyml_depthwise_eight(windows, channel, bias, scale, first, second);
            channel += 4;
            bias += 8;
            scale += 16;
            first += 8;
            second += 8;
            continue;
        }
#endif
        tinyml_depthwise_four(windows, channel, bias, sums);
        if (windows->sums != NULL) {
            memcpy(windows->sums, sums, sizeof(sums));
            return;
        }
        bias += 4;
#if defined(TINYML_HELIUM)
        {
            const uint32x4_t scales = tinyml_offsets(8);
            const int32x4_t one = vldrwq_gather_offset_s32(scale, scales);
            const int32x4_t two = vldrwq_gather_offset_s32(scale + 1, scales);
            tinyml_requantize_4(first, sums, one, two, windows->offset);
            tinyml_requantize_4(second, sums + 4, one, two, windows->offset);
            first += 4;
            second += 4;
            scale += 8;
        }
#else
        {
            int32_t k;
            for (k = 0; k < windows->wanted; k++, scale += 2) {
                tinyml_requantize_both(sums[k], sums[k + 4], scale, windows->offset, first++, second++);
            }
        }
#endif
    }
}

#endif

#if !defined(__AVR__)
#define tinyml_depthwise_unpacked tinyml_depthwise_fours
#endif

#endif
