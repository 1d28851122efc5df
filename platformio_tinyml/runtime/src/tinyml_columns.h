/* Products of two columns with pairs of channels: the inner loop of CONV_2D.

   A column is what one window sees, `groups` times 4 values. Two lie interleaved in scratch: of each group the first
   column's 4 values, then the second's; widened to 16 bits where TINYML_DSP is defined, bytes 0, 2, 1, 3. The filter of
   two channels lies likewise in flash: of each group 4 weights of the one, then 4 of the other; a last single channel
   lies by itself. Values behind a column's end meet weights of 0. */
#ifndef TINYML_COLUMNS_H
#define TINYML_COLUMNS_H

#include "tinyml_column_layout.h"

#if defined(TINYML_HELIUM)

TINYML_INLINE const int32_t *tinyml_words_at(const int8_t *bytes)
{
    return (const int32_t *)(const void *)bytes;
}

/* The sums of one pair of channels, which have to be asked for. */
TINYML_OUTLINE void tinyml_columns_by_pairs(tinyml_tile *tile)
{
    const uint32x4_t offsets = tinyml_offsets(8);
    const int32_t *x = (const int32_t *)tile->x, *w = tinyml_words_at(tile->w);
    int32_t a = tile->bias[0], b = a, c = tile->bias[1], d = c, groups;
    for (groups = tile->groups; groups > 0; groups -= 4, x += 8, w += 8) {
        const mve_pred16_t some = vctp32q((uint32_t)groups);
        const int8x16_t u = vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(x, offsets, some));
        const int8x16_t v = vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(x + 1, offsets, some));
        const int8x16_t one = vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(w, offsets, some));
        const int8x16_t two = vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(w + 1, offsets, some));
        a = vmladavaq_s8(a, u, one);
        b = vmladavaq_s8(b, v, one);
        c = vmladavaq_s8(c, u, two);
        d = vmladavaq_s8(d, v, two);
    }
    tile->w += 8 * tile->groups;
    tile->bias += 2;
    tile->sums[0] = (uint32_t)a;
    tile->sums[1] = (uint32_t)b;
    tile->sums[2] = (uint32_t)c;
    tile->sums[3] = (uint32_t)d;
}

/* Outputs of 1 to 4 channels of which these are the first and the second column's sums. */
TINYML_OUTLINE void tinyml_columns_outputs(tinyml_tile *tile, int32_t channels, const uint32_t first[4], const uint32_t second[4],
                                           const tinyml_outputs *outputs)
{
    const tinyml_outputs how = *outputs;
    const uint32x4_t offsets = tinyml_offsets(8);
    const mve_pred16_t some = vctp32q((uint32_t)channels);
    const int32x4_t one = vldrwq_gather_offset_z_s32(tile->scale, offsets, some);
    const int32x4_t two = vldrwq_gather_offset_z_s32(tile->scale + 1, offsets, some);
    vstrbq_p_s32(tile->second, tinyml_values_4(vldrwq_s32((const int32_t *)second), one, two, &how), some);
    vstrbq_p_s32(tile->first, tinyml_values_4(vldrwq_s32((const int32_t *)first), one, two, &how), some);
    tile->second += channels;
    tile->first += channels;
    tile->scale += 2 * channels;
}

#if defined(TINYML_ASSEMBLY)

/* Of one pair of channels both columns' sums, to two places on the stack: 17 instructions, and 9 for each 64 products but the
   last. */
#define TINYML_COLUMNS_PAIR(first, second)                                                                   \
    "ldrd r4, r8, [r3], #8\n\tmov r6, r4\n\tmov r10, r8\n\tmov r1, r5\n\twls lr, r9, 3f\n"                  \
    "2:\n\tvld20.32 {q0, q1}, [r1]\n\tvld21.32 {q0, q1}, [r1]!\n\tvld20.32 {q2, q3}, [r2]\n\t"             \
    "vld21.32 {q2, q3}, [r2]!\n\tvmladava.s8 r4, q0, q2\n\tvmladava.s8 r6, q1, q2\n\t"                     \
    "vmladava.s8 r8, q0, q3\n\tvmladava.s8 r10, q1, q3\n\tle lr, 2b\n"                                     \
    "3:\n\tadd.w r1, r2, #4\n\tvpstt\n\tvldrwt.u32 q0, [r2, q6]\n\tvldrwt.u32 q1, [r1, q6]\n\t"           \
    "vmladava.s8 r4, q4, q0\n\tvmladava.s8 r6, q5, q0\n\tvmladava.s8 r8, q4, q1\n\t"                      \
    "vmladava.s8 r10, q5, q1\n\tadd r2, r11\n\tstrd r4, r8, [sp, #" first "]\n\tstrd r6, r10, [sp, #" second "]\n\t"

/* Two pairs of channels at a time, of which there are two: 61 instructions for 8 outputs of up to 16 values each. The
   last 1 to 4 groups of both columns stay in q4 and q5. */
TINYML_NAKED void tinyml_columns_by_fours(tinyml_tile *tile TINYML_UNUSED)
{
    __asm__ volatile("push {r4-r11, lr}\n\tvpush {d8-d15}\n\tsub sp, #36\n\t"
                     "ldr r2, " TINYML_TILE_W "\n\tldr r3, " TINYML_TILE_BIAS "\n\tldr r7, " TINYML_TILE_SCALE "\n\t"
                     "ldr r5, " TINYML_TILE_X "\n\tldr r12, " TINYML_TILE_OFFSET "\n\tldr r11, " TINYML_TILE_GROUPS "\n\t"
                     "lsl r1, r11, #4\n\tstr r1, [sp, #32]\n\tsub r9, r11, #1\n\tlsr r9, r9, #2\n\t"
                     "sub r11, r11, r9, lsl #2\n\tvctp.32 r11\n\tlsl r11, r11, #3\n\t"
                     "movs r4, #0\n\tvidup.u32 q6, r4, #8\n\tadd r1, r5, r9, lsl #5\n\tadds r4, r1, #4\n\t"
                     "vpstt\n\tvldrwt.u32 q4, [r1, q6]\n\tvldrwt.u32 q5, [r4, q6]\n"
                     "1:\n\t" TINYML_COLUMNS_PAIR("0", "16") TINYML_COLUMNS_PAIR("8", "24")
                     "vldrw.32 q2, [sp]\n\tvldrw.32 q3, [sp, #16]\n\t"
                     "vld20.32 {q0, q1}, [r7]\n\tvld21.32 {q0, q1}, [r7]!\n\tldrd r1, r6, " TINYML_TILE_FIRST "\n\t"
                     TINYML_HELIUM_OUTPUTS("q3", "r6") TINYML_HELIUM_OUTPUTS("q2", "r1")
                     "strd r1, r6, " TINYML_TILE_FIRST "\n\tldr r1, " TINYML_TILE_W_END "\n\tsubs r1, r1, r2\n\t"
                     "ldr lr, [sp, #32]\n\tcmp r1, lr\n\tbge 1b\n\t"
                     "str r2, " TINYML_TILE_W "\n\tstr r3, " TINYML_TILE_BIAS "\n\tstr r7, " TINYML_TILE_SCALE "\n\t"
                     "add sp, #36\n\tvpop {d8-d15}\n\tpop {r4-r11, pc}\n\t");
}

#undef TINYML_COLUMNS_PAIR

#else

TINYML_OUTLINE void tinyml_columns_by_fours(tinyml_tile *tile)
{
    const tinyml_outputs saturated = {(int16_t)tile->offset, -128, 127, 1};
    do {
        uint32_t pair[4], first[4], second[4];
        int32_t c;
        tile->sums = pair;
        for (c = 0; c < 4; c += 2) {
            tinyml_columns_by_pairs(tile);
            first[c] = pair[0];
            second[c] = pair[1];
            first[c + 1] = pair[2];
            second[c + 1] = pair[3];
        }
        tile->sums = NULL;
        tinyml_columns_outputs(tile, 4, first, second, &saturated);
    } while (tile->w_end - tile->w >= 16 * tile->groups);
}

#endif

#elif defined(TINYML_ASSEMBLY)

/* One group of both columns and both channels: 14 instructions, all of 4 bytes, for 16 products. */
#define TINYML_COLUMNS_STEP                                                                                  \
    "ldmia.w r1!, {r2-r5}\n\tldrd r6, r7, [r9], #8\n\tsxtb16 r8, r6\n\tsxtb16 r6, r6, ror #8\n\t"          \
    "smlad r10, r8, r2, r10\n\tsmlad r11, r8, r4, r11\n\tsmlad r10, r6, r3, r10\n\tsmlad r11, r6, r5, r11\n\t" \
    "sxtb16 r8, r7\n\tsxtb16 r7, r7, ror #8\n\t"                                                           \
    "smlad r12, r8, r2, r12\n\tsmlad lr, r8, r4, lr\n\tsmlad r12, r7, r3, r12\n\tsmlad lr, r7, r5, lr\n\t"

/* All pairs of channels: 42 instructions for each pair beside those of its groups. */
TINYML_NAKED void tinyml_columns_by_pairs(tinyml_tile *tile TINYML_UNUSED)
{
    __asm__ volatile(TINYML_TILE_ENTER("56")
                     "1:\n\tldr r2, " TINYML_TILE_BIAS "\n\tldmia r2!, {r10, r12}\n\tstr r2, " TINYML_TILE_BIAS "\n\t"
                     "mov r11, r10\n\tmov lr, r12\n\tldrd r1, r3, [sp]\n\tbx r3\n"
                     "2:\n\t" TINYML_COLUMNS_STEP TINYML_COLUMNS_STEP TINYML_COLUMNS_STEP TINYML_COLUMNS_STEP
                     TINYML_TILE_LOOP
                     "ldr r1, " TINYML_TILE_SCALE "\n\tldmia r1!, {r2-r5}\n\tstr r1, " TINYML_TILE_SCALE "\n\t"
                     "ldrd r6, r7, " TINYML_TILE_FIRST "\n\tldr r8, " TINYML_TILE_OFFSET "\n\t"
                     TINYML_TILE_OUTPUT("r11", "r2", "r3") TINYML_TILE_OUTPUT("lr", "r4", "r5")
                     TINYML_TILE_OUTPUT("r10", "r2", "r3") TINYML_TILE_OUTPUT("r12", "r4", "r5")
                     "strb r11, [r7], #1\n\tstrb lr, [r7], #1\n\tstrb r10, [r6], #1\n\tstrb r12, [r6], #1\n\t"
                     "strd r6, r7, " TINYML_TILE_FIRST "\n\t" TINYML_TILE_NEXT TINYML_TILE_LEAVE);
}

#else

#if defined(TINYML_THUMB_1)

/* One value of both columns and both channels: 15 instructions for 4 products; the sums are in registers that only moves and
   additions reach. r2 and r3 count the bytes of both kinds of pairs. */
#define TINYML_COLUMNS_VALUE(next)                                                                           \
    "ldrsb r4, [r0, r2]\n\tldrsb r5, [r0, r3]\n\tldrsb r6, [r1, r2]\n\tmov r7, r6\n\tmuls r7, r4, r7\n\t"   \
    "add r8, r7\n\tmuls r6, r5, r6\n\tadd r9, r6\n\tldrsb r6, [r1, r3]\n\tmuls r4, r6, r4\n\tadd r10, r4\n\t" \
    "muls r5, r6, r5\n\tadd r11, r5\n\tadds r2, #" next "\n\tadds r3, #" next "\n\t"

TINYML_NAKED const int8_t *tinyml_columns_by_pair(const tinyml_lane *x TINYML_UNUSED, const int8_t *w TINYML_UNUSED,
                                                  int32_t groups TINYML_UNUSED,
                                                  uint32_t sums[4] TINYML_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4-r7, lr}\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "push {r3-r7}\n\tldmia r3!, {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"
                     "lsls r2, r2, #3\n\tmov r12, r2\n\tmovs r2, #0\n\tmovs r3, #4\n"
                     "1:\n\t" TINYML_COLUMNS_VALUE("1") TINYML_COLUMNS_VALUE("1") TINYML_COLUMNS_VALUE("1")
                     TINYML_COLUMNS_VALUE("5") "cmp r2, r12\n\tbne 1b\n\t"
                     "adds r0, r1, r2\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "pop {r3}\n\tstmia r3!, {r4-r7}\n\tpop {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\tpop {r4-r7, pc}\n\t");
}

#undef TINYML_COLUMNS_VALUE

#else

TINYML_INLINE const int8_t *tinyml_columns_of_pair(const tinyml_lane *x, const int8_t *w, int32_t groups, uint32_t sums[4],
                                                   int8_t in_flash TINYML_UNUSED)
{
    const tinyml_lane *end = x + groups * TINYML_GROUP_LANES;
#if defined(TINYML_DSP)
    for (; x != end; x += TINYML_GROUP_LANES, w += 8) {
        const uint32_t one = tinyml_load4(w), two = tinyml_load4(w + 4);
        sums[0] = tinyml_add_products(tinyml_odd(one), x[1], tinyml_add_products(tinyml_even(one), x[0], sums[0]));
        sums[1] = tinyml_add_products(tinyml_odd(one), x[3], tinyml_add_products(tinyml_even(one), x[2], sums[1]));
        sums[2] = tinyml_add_products(tinyml_odd(two), x[1], tinyml_add_products(tinyml_even(two), x[0], sums[2]));
        sums[3] = tinyml_add_products(tinyml_odd(two), x[3], tinyml_add_products(tinyml_even(two), x[2], sums[3]));
    }
#else
    uint32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
#if defined(TINYML_WIDE)
#define TINYML_COLUMNS_VALUE(k)                                                                              \
    {                                                                                                        \
        const int8_t u = x[k], v = x[(k) + 4];                                                               \
        const int8_t one = (int8_t)(first >> 8 * (k)), two = (int8_t)(second >> 8 * (k));                    \
        a += (uint32_t)(u * one);                                                                            \
        b += (uint32_t)(v * one);                                                                            \
        c += (uint32_t)(u * two);                                                                            \
        d += (uint32_t)(v * two);                                                                            \
    }
#else
#define TINYML_COLUMNS_VALUE(k)                                                                              \
    {                                                                                                        \
        const int8_t u = x[k], v = x[(k) + 4];                                                               \
        const int8_t one = tinyml_read_either(w + (k), in_flash), two = tinyml_read_either(w + (k) + 4, in_flash);     \
        a += (uint32_t)(int32_t)(u * one);                                                                   \
        b += (uint32_t)(int32_t)(v * one);                                                                   \
        c += (uint32_t)(int32_t)(u * two);                                                                   \
        d += (uint32_t)(int32_t)(v * two);                                                                   \
    }
#endif
    for (; x != end; x += TINYML_GROUP_LANES, w += 8) {
#if defined(TINYML_WIDE)
        const uint32_t first = *(const uint32_t *)(const void *)w, second = *(const uint32_t *)(const void *)(w + 4);
#endif
        TINYML_COLUMNS_VALUE(0)
        TINYML_COLUMNS_VALUE(1)
        TINYML_COLUMNS_VALUE(2)
        TINYML_COLUMNS_VALUE(3)
    }
#undef TINYML_COLUMNS_VALUE
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
#endif
    return w;
}

TINYML_OUTLINE const int8_t *tinyml_columns_by_pair(const tinyml_lane *x, const int8_t *w, int32_t groups, uint32_t sums[4])
{
    return tinyml_columns_of_pair(x, w, groups, sums, 1);
}

#if defined(__AVR__)

/* Of a pair whose weights are unpacked in RAM, while its bias is in flash. */
TINYML_OUTLINE void tinyml_columns_by_unpacked(tinyml_tile *tile)
{
    tile->sums[0] = tile->sums[1] = (uint32_t)tinyml_read_i32(tile->bias);
    tile->sums[2] = tile->sums[3] = (uint32_t)tinyml_read_i32(tile->bias + 1);
    tinyml_columns_of_pair((const tinyml_lane *)tile->x, tile->w, tile->groups, tile->sums, 0);
}

#endif

#endif

#if defined(TINYML_JOINED)

/* The sums of one pair of channels, which have to be asked for. */
TINYML_OUTLINE void tinyml_columns_by_pairs(tinyml_tile *tile)
{
    tile->sums[0] = tile->sums[1] = (uint32_t)*tile->bias++;
    tile->sums[2] = tile->sums[3] = (uint32_t)*tile->bias++;
    tile->w = tinyml_columns_by_pair((const tinyml_lane *)tile->x, tile->w, tile->groups, tile->sums);
}

#else

/* All pairs of channels. */
TINYML_OUTLINE void tinyml_columns_by_pairs(tinyml_tile *tile)
{
    const int32_t offset = tile->offset, groups = tile->groups;
    const tinyml_lane *const x = (const tinyml_lane *)tile->x;
    const int32_t *bias, *scale;
    int8_t *first, *second;
    bias = tile->bias;
    scale = tile->scale;
    first = tile->first;
    second = tile->second;
    do {
        uint32_t sums[4];
        sums[0] = sums[1] = (uint32_t)tinyml_read_i32(bias);
        sums[2] = sums[3] = (uint32_t)tinyml_read_i32(bias + 1);
        tile->w = tinyml_columns_by_pair(x, tile->w, groups, sums);
        bias += 2;
        if (tile->sums != NULL) {
            memcpy(tile->sums, sums, sizeof(sums));
            break;
        }
        tinyml_requantize_both(sums[0], sums[1], scale, offset, first, second);
        tinyml_requantize_both(sums[2], sums[3], scale + 2, offset, first + 1, second + 1);
        first += 2;
        second += 2;
        scale += 4;
    } while (tile->w != tile->w_end);
    tile->bias = bias;
    tile->scale = scale;
    tile->first = first;
    tile->second = second;
}

#endif

#endif

#if !defined(__AVR__)
#define tinyml_columns_by_unpacked tinyml_columns_by_pairs
#endif

/* A last single channel: sums of column 0 and 1. */
#if defined(TINYML_HELIUM)

TINYML_OUTLINE void tinyml_columns_by_one(tinyml_tile *tile)
{
    const uint32x4_t offsets = tinyml_offsets(8);
    const int32_t *x = (const int32_t *)tile->x, *w = tinyml_words_at(tile->w);
    int32_t a = *tile->bias++, b = a, groups;
    for (groups = tile->groups; groups > 0; groups -= 4, x += 8, w += 4) {
        const mve_pred16_t some = vctp32q((uint32_t)groups);
        const int8x16_t weights = vreinterpretq_s8_s32(vldrwq_z_s32(w, some));
        a = vmladavaq_s8(a, vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(x, offsets, some)), weights);
        b = vmladavaq_s8(b, vreinterpretq_s8_s32(vldrwq_gather_offset_z_s32(x + 1, offsets, some)), weights);
    }
    tile->w += 4 * tile->groups;
    tile->sums[0] = (uint32_t)a;
    tile->sums[1] = (uint32_t)b;
}

#else

TINYML_OUTLINE void tinyml_columns_by_one(tinyml_tile *tile)
{
    const tinyml_lane *x = (const tinyml_lane *)tile->x, *const end = (const tinyml_lane *)tile->end;
    const int8_t *w = tile->w;
    uint32_t a = (uint32_t)tinyml_read_i32(tile->bias), b = a;
    do {
#if defined(TINYML_DSP)
        const uint32_t word = tinyml_load4(w);
        a = tinyml_add_products(tinyml_odd(word), x[1], tinyml_add_products(tinyml_even(word), x[0], a));
        b = tinyml_add_products(tinyml_odd(word), x[3], tinyml_add_products(tinyml_even(word), x[2], b));
#else
#define TINYML_COLUMNS_VALUE(k)                                                                              \
    {                                                                                                        \
        const int8_t weight = tinyml_read_i8(w + (k));                                                       \
        a += (uint32_t)(int32_t)(x[k] * weight);                                                             \
        b += (uint32_t)(int32_t)(x[(k) + 4] * weight);                                                       \
    }
        TINYML_COLUMNS_VALUE(0)
        TINYML_COLUMNS_VALUE(1)
        TINYML_COLUMNS_VALUE(2)
        TINYML_COLUMNS_VALUE(3)
#undef TINYML_COLUMNS_VALUE
#endif
        w += 4;
        x += TINYML_GROUP_LANES;
    } while (x != end);
    tile->w = w;
    tile->bias++;
    tile->sums[0] = a;
    tile->sums[1] = b;
}

#endif

#endif
