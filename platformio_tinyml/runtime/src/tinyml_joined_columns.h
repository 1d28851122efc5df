/* Products of two columns at once, for cores whose multiplication takes 32 bits and nothing smaller (TINYML_JOINED): the inner
   loop of CONV_2D where four channels and more see the same columns.

   Both columns' values are joined, first + second * 2^16, so that one product with a weight is both columns' products. Two
   values' products are added, and TINYML_JOINED_START, before they are split: whatever the weights, the lower half is then within
   0 to 2^16 - 1 and the upper one within 16 bits with a sign (128 to 65408, and -32768 to 32512). */
#ifndef TINYML_JOINED_COLUMNS_H
#define TINYML_JOINED_COLUMNS_H

#include "tinyml_column_layout.h"

#if defined(TINYML_JOINED)

enum { TINYML_JOINED_CHANNELS = 4 }; /* to join columns for fewer costs more than it saves */

/* What two products begin with: the lower half above 0, the upper below it. */
#define TINYML_JOINED_LOW UINT32_C(32640)
#define TINYML_JOINED_HIGH UINT32_C(256)
#define TINYML_JOINED_START (TINYML_JOINED_LOW - (TINYML_JOINED_HIGH << 16))

#if defined(TINYML_THUMB_2)

/* Joins two columns in place: from the last group to the first, as joined values take twice the bytes. */
TINYML_NAKED void tinyml_columns_join(const tinyml_tile *tile TINYML_UNUSED)
{
    __asm__ volatile("push {r4-r9}\n\tldr r1, " TINYML_TILE_X "\n\tldr r2, " TINYML_TILE_GROUPS "\n\t"
                     "add r0, r1, r2, lsl #4\n\tadd r2, r1, r2, lsl #3\n"
                     "1:\n\tldrd r6, r7, [r2, #-8]!\n\t"
                     "sxtb r3, r6\n\tsxtb r9, r7\n\tadd r3, r3, r9, lsl #16\n\t"
                     "sxtb r4, r6, ror #8\n\tsxtb r9, r7, ror #8\n\tadd r4, r4, r9, lsl #16\n\t"
                     "sxtb r5, r6, ror #16\n\tsxtb r9, r7, ror #16\n\tadd r5, r5, r9, lsl #16\n\t"
                     "asr r6, r6, #24\n\tasr r9, r7, #24\n\tadd r6, r6, r9, lsl #16\n\t"
                     "stmdb r0!, {r3-r6}\n\tcmp r2, r1\n\tbne 1b\n\tpop {r4-r9}\n\tbx lr\n\t");
}

#else

/* Joins two columns in place: from the last group to the first, as joined values take twice the bytes. */
TINYML_OUTLINE void tinyml_columns_join(const tinyml_tile *tile)
{
    tinyml_lane *const start = (tinyml_lane *)(uintptr_t)tile->x, *from = start + tile->groups * TINYML_GROUP_LANES;
    uint32_t *to = (uint32_t *)(void *)start + tile->groups * 4;
    do {
        from -= TINYML_GROUP_LANES;
        to -= 4;
        {
            const int32_t a = from[0], b = from[1], c = from[2], d = from[3], e = from[4], f = from[5], g = from[6], h = from[7];
            to[0] = (uint32_t)a + ((uint32_t)e << 16);
            to[1] = (uint32_t)b + ((uint32_t)f << 16);
            to[2] = (uint32_t)c + ((uint32_t)g << 16);
            to[3] = (uint32_t)d + ((uint32_t)h << 16);
        }
    } while (from != start);
}

#endif

/* Two values of one channel: `all` are the products as they are, `upper` their upper halves. */
#define TINYML_JOINED_TWO(all, upper, k, one, other)                                                         \
    {                                                                                                        \
        const uint32_t weight = (uint32_t)(int32_t)(one), next = (uint32_t)(int32_t)(other);                 \
        const uint32_t two = start + x[k] * weight + x[(k) + 1] * next;                                      \
        all += two;                                                                                          \
        upper += (uint32_t)((int32_t)two >> 16);                                                             \
    }

#if defined(TINYML_WIDE)
#define TINYML_JOINED_FOUR(all, upper, w)                                                                    \
    {                                                                                                        \
        const uint32_t four = *(const uint32_t *)(const void *)(w);                                          \
        TINYML_JOINED_TWO(all, upper, 0, (int8_t)four, (int8_t)(four >> 8))                                  \
        TINYML_JOINED_TWO(all, upper, 2, (int8_t)(four >> 16), (int8_t)(four >> 24))                         \
    }
#else
#define TINYML_JOINED_FOUR(all, upper, w)                                                                    \
    TINYML_JOINED_TWO(all, upper, 0, (w)[0], (w)[1])                                                         \
    TINYML_JOINED_TWO(all, upper, 2, (w)[2], (w)[3])
#endif

/* Of all values of a column: what its sums begin with less the bias, so that in the end `upper` is the second column's sum and
   all - (upper << 16) the first's. */
typedef struct {
    uint32_t all;
    uint32_t upper;
} tinyml_joined;

TINYML_INLINE tinyml_joined tinyml_joined_begin(const tinyml_tile *tile)
{
    const uint32_t twos = 2 * (uint32_t)tile->groups, upper = TINYML_JOINED_HIGH * twos;
    const tinyml_joined begin = {(upper << 16) - TINYML_JOINED_LOW * twos, upper};
    return begin;
}

TINYML_INLINE tinyml_joined tinyml_joined_bias(tinyml_joined begin, int32_t bias)
{
    begin.all += (uint32_t)bias + ((uint32_t)bias << 16);
    begin.upper += (uint32_t)bias;
    return begin;
}

/* Products of one channel; where the next one's weights are. */
TINYML_INLINE const int8_t *tinyml_joined_by_one(const uint32_t *x, const int8_t *w, int32_t groups, tinyml_joined sums[1])
{
    const uint32_t start = TINYML_JOINED_START, *const end = x + 4 * groups;
    uint32_t a = sums->all, b = sums->upper;
    for (; x != end; x += 4, w += 4) {
        TINYML_JOINED_FOUR(a, b, w)
    }
    sums->all = a;
    sums->upper = b;
    return w;
}

#if defined(TINYML_THUMB_2)

#define TINYML_JOINED_VALUES(x, next, all, upper)                                                               \
    "ldrsb r6, [r9], #1\n\tmla r7, r6, " x ", r8\n\tldrsb r6, [r9], #1\n\tmla r7, r6, " next ", r7\n\t"     \
    "add " all ", r7\n\tadd " upper ", " upper ", r7, asr #16\n\t"

/* 4 values of both channels: 25 instructions for 16 products. */
#define TINYML_JOINED_STEP                                                                                   \
    "ldmia.w r1!, {r2-r5}\n\t" TINYML_JOINED_VALUES("r2", "r3", "r10", "r11") TINYML_JOINED_VALUES("r4", "r5", "r10", "r11") \
    TINYML_JOINED_VALUES("r2", "r3", "r12", "lr") TINYML_JOINED_VALUES("r4", "r5", "r12", "lr")

#define TINYML_JOINED_OUTPUT(sum, one, two, to)                                                              \
    "mov r1, #0x80000000\n\tmov r9, " sum "\n\tsmlal r1, r9, " sum ", " one "\n\tadd r9, r9, r9, asr #31\n\t" \
    "mov r1, #0x80000000\n\tmov " sum ", r8\n\tsmlal r1, " sum ", r9, " two "\n\tssat " sum ", #8, " sum "\n\t" \
    "strb " sum ", [" to "], #1\n\t"

/* All pairs of channels: 66 instructions for each beside its steps. */
TINYML_NAKED void tinyml_joined_by_pairs(tinyml_tile *tile TINYML_UNUSED)
{
    __asm__ volatile("push {r4-r11, lr}\n\tldr r2, " TINYML_TILE_GROUPS "\n\tlsl r3, r2, #9\n\tmovw r4, #65280\n\t"
                     "mul r4, r2, r4\n\tmovw r8, #0x7f80\n\tmovt r8, #0xff00\n\tpush {r0, r3, r4, r8}\n\t"
                     "ldr r9, " TINYML_TILE_W "\n"
                     "1:\n\tldr r1, " TINYML_TILE_BIAS "\n\tldmia r1!, {r10, r12}\n\tstr r1, " TINYML_TILE_BIAS "\n\t"
                     "ldrd r2, r3, [sp, #4]\n\tldr r8, [sp, #12]\n\t"
                     "add r11, r10, r2\n\tadd r10, r10, r11, lsl #16\n\tsub r10, r10, r3\n\t"
                     "add lr, r12, r2\n\tadd r12, r12, lr, lsl #16\n\tsub r12, r12, r3\n\t"
                     "ldr r1, " TINYML_TILE_X "\n\tldr r2, " TINYML_TILE_GROUPS "\n\tadd r0, r1, r2, lsl #4\n\t"
                     "lsls r2, r2, #31\n\tbne 3f\n"
                     "2:\n\t" TINYML_JOINED_STEP "3:\n\t" TINYML_JOINED_STEP "cmp r1, r0\n\tbne 2b\n\t"
                     "ldr r0, [sp]\n\tsub r10, r10, r11, lsl #16\n\tsub r12, r12, lr, lsl #16\n\t"
                     "ldr r1, " TINYML_TILE_SCALE "\n\tldmia r1!, {r2-r5}\n\tstr r1, " TINYML_TILE_SCALE "\n\t"
                     "str r9, " TINYML_TILE_W "\n\tldrd r6, r7, " TINYML_TILE_FIRST "\n\tldr r8, " TINYML_TILE_OFFSET "\n\t"
                     TINYML_JOINED_OUTPUT("r11", "r2", "r3", "r7") TINYML_JOINED_OUTPUT("lr", "r4", "r5", "r7")
                     TINYML_JOINED_OUTPUT("r10", "r2", "r3", "r6") TINYML_JOINED_OUTPUT("r12", "r4", "r5", "r6")
                     "strd r6, r7, " TINYML_TILE_FIRST "\n\tldr r9, " TINYML_TILE_W "\n\tldr r1, " TINYML_TILE_W_END "\n\tcmp r9, r1\n\tbne 1b\n\t"
                     "add sp, #16\n\tpop {r4-r11, pc}\n\t");
}

#undef TINYML_JOINED_VALUES
#undef TINYML_JOINED_STEP
#undef TINYML_JOINED_OUTPUT

/* All channels that see the two columns. */
TINYML_OUTLINE void tinyml_joined_channels(tinyml_tile *tile, int32_t channels)
{
    tile->w_end = tile->w + 4 * tile->groups * (channels & ~INT32_C(1));
    tinyml_joined_by_pairs(tile);
    if (channels & 1) {
        tinyml_joined sums = tinyml_joined_bias(tinyml_joined_begin(tile), *tile->bias++);
        tile->w = tinyml_joined_by_one((const uint32_t *)tile->x, tile->w, tile->groups, &sums);
        tinyml_requantize_both(sums.all - (sums.upper << 16), sums.upper, tile->scale, tile->offset, tile->first++, tile->second++);
        tile->scale += 2;
    }
}

#else

#if defined(TINYML_THUMB_1)

/* Products of one pair of channels, added to both sums of each, in registers that only moves and additions reach; where the next
   pair's weights are. 21 instructions for 8 products. */
#define TINYML_JOINED_VALUES(next)                                                                              \
    "ldmia r0!, {r4, r5}\n\tldrsb r6, [r1, r2]\n\tmuls r6, r4, r6\n\tadd r6, lr\n\t"                     \
    "ldrsb r7, [r1, r3]\n\tmuls r7, r4, r7\n\tadd r7, lr\n\tadds r1, #1\n\t"                             \
    "ldrsb r4, [r1, r2]\n\tmuls r4, r5, r4\n\tadds r6, r6, r4\n\t"                                         \
    "ldrsb r4, [r1, r3]\n\tmuls r4, r5, r4\n\tadds r7, r7, r4\n\tadds r1, #" next "\n\t"                   \
    "add r8, r6\n\tasrs r6, r6, #16\n\tadd r9, r6\n\tadd r10, r7\n\tasrs r7, r7, #16\n\tadd r11, r7\n\t"

TINYML_NAKED const int8_t *tinyml_joined_by_pair(const uint32_t *x TINYML_UNUSED, const int8_t *w TINYML_UNUSED,
                                                 int32_t groups TINYML_UNUSED, tinyml_joined sums[2] TINYML_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4-r7, lr}\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "push {r3-r7}\n\tldmia r3!, {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"
                     "lsls r2, r2, #4\n\tadds r2, r2, r0\n\tmov r12, r2\n\t"
                     "ldr r2, 2f\n\tmov lr, r2\n\t"
                     "movs r2, #0\n\tmovs r3, #4\n"
                     "1:\n\t" TINYML_JOINED_VALUES("1") TINYML_JOINED_VALUES("5") "cmp r0, r12\n\tbne 1b\n\t"
                     "movs r0, r1\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "pop {r3}\n\tstmia r3!, {r4-r7}\n\tpop {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\tpop {r4-r7, pc}\n\t"
                     ".balign 4\n2:\t.word 0xff007f80\n\t"); /* TINYML_JOINED_START */
}

#undef TINYML_JOINED_VALUES

#else

/* Of one pair of channels. */
TINYML_INLINE const int8_t *tinyml_joined_by_pair(const uint32_t *x, const int8_t *w, int32_t groups, tinyml_joined sums[2])
{
    const uint32_t *const end = x + 4 * groups;
    uint32_t start = TINYML_JOINED_START, a = sums[0].all, b = sums[0].upper, c = sums[1].all, d = sums[1].upper;
    TINYML_KEEP(start);
    for (; x != end; x += 4, w += 8) {
        TINYML_JOINED_FOUR(a, b, w)
        TINYML_JOINED_FOUR(c, d, w + 4)
    }
    sums[0].all = a;
    sums[0].upper = b;
    sums[1].all = c;
    sums[1].upper = d;
    return w;
}

#endif

#if defined(TINYML_FOURS)

/* Two pairs of channels at a time, while there are two; how many are left. */
TINYML_OUTLINE int32_t tinyml_joined_by_fours(tinyml_tile *tile, int32_t channels)
{
    const int32_t groups = tile->groups, size = 8 * groups, offset = tile->offset;
    const tinyml_joined begin = tinyml_joined_begin(tile);
    const int32_t *bias = tile->bias, *scale = tile->scale;
    const int8_t *w = tile->w;
    int8_t *first = tile->first, *second = tile->second;
    uint32_t start = TINYML_JOINED_START;
    TINYML_KEEP(start);
    for (; channels > 3; channels -= 4, w += size, bias += 4) {
        const uint32_t *x = (const uint32_t *)tile->x;
        const int8_t *other = w + size, *const end = other;
        tinyml_joined a = tinyml_joined_bias(begin, bias[0]), b = tinyml_joined_bias(begin, bias[1]);
        tinyml_joined c = tinyml_joined_bias(begin, bias[2]), d = tinyml_joined_bias(begin, bias[3]);
        for (; w != end; x += 4, w += 8, other += 8) {
            TINYML_JOINED_FOUR(a.all, a.upper, w)
            TINYML_JOINED_FOUR(b.all, b.upper, w + 4)
            TINYML_JOINED_FOUR(c.all, c.upper, other)
            TINYML_JOINED_FOUR(d.all, d.upper, other + 4)
        }
        {
            const tinyml_joined sums[4] = {a, b, c, d}, *sum = sums;
            int8_t k;
            for (k = 4; k > 0; k--, sum++, scale += 2) {
                tinyml_requantize_both(sum->all - (sum->upper << 16), sum->upper, scale, offset, first++, second++);
            }
        }
    }
    tile->w = w;
    tile->bias = bias;
    tile->scale = scale;
    tile->first = first;
    tile->second = second;
    return channels;
}

#endif

/* Pairs of channels, and a last one. */
TINYML_OUTLINE void tinyml_joined_by_twos(tinyml_tile *tile, int32_t channels)
{
    const tinyml_joined begin = tinyml_joined_begin(tile);
    const uint32_t *const x = (const uint32_t *)tile->x;
    const int32_t groups = tile->groups, offset = tile->offset;
    const int32_t *bias = tile->bias, *scale = tile->scale;
    const int8_t *w = tile->w;
    int8_t *first = tile->first, *second = tile->second;
    int32_t count, k;
    for (; channels > 0; channels -= count) {
        tinyml_joined sums[2];
        count = channels > 1 ? 2 : 1;
        for (k = 0; k < count; k++) {
            sums[k] = tinyml_joined_bias(begin, *bias++);
        }
        w = count == 2 ? tinyml_joined_by_pair(x, w, groups, sums) : tinyml_joined_by_one(x, w, groups, sums);
        for (k = 0; k < count; k++, scale += 2) {
            tinyml_requantize_both(sums[k].all - (sums[k].upper << 16), sums[k].upper, scale, offset, first++, second++);
        }
    }
    tile->w = w;
    tile->bias = bias;
    tile->scale = scale;
    tile->first = first;
    tile->second = second;
}

TINYML_OUTLINE TINYML_SMALL void tinyml_joined_channels(tinyml_tile *tile, int32_t channels)
{
#if defined(TINYML_FOURS)
    channels = tinyml_joined_by_fours(tile, channels);
#endif
    if (channels > 0) {
        tinyml_joined_by_twos(tile, channels);
    }
}

#endif

#endif
#endif
