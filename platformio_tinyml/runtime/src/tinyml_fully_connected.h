/* What the kernels of FULLY_CONNECTED share: all but how the channels that see a row become outputs, which the kernel's own file
   says. */
#ifndef TINYML_FULLY_CONNECTED_H
#define TINYML_FULLY_CONNECTED_H

#include "tinyml_tile.h"

#include "tinyml_kernels.h"

/* The filter of four channels lies as groups of 4 weights: of each group those of the first channel, of the second, of the
   third, of the fourth; the last one to three channels likewise among themselves. A row's values behind the last whole
   group are the last group, filled up with anything: they meet weights of 0. */

#if defined(TINYML_HELIUM)

#include "tinyml_dense_helium.h"

#elif defined(TINYML_ASSEMBLY)

/* One group of four channels: 20 instructions, all of 4 bytes, for 16 products. */
#define TINYML_DENSE_STEP                                                                                    \
    "ldr r8, [r1], #4\n\tldmia.w r9!, {r2-r5}\n\tsxtb16 r6, r8\n\tsxtb16 r8, r8, ror #8\n\t"               \
    TINYML_DENSE_CHANNEL("r2", "r10") TINYML_DENSE_CHANNEL("r3", "r11")                                      \
    TINYML_DENSE_CHANNEL("r4", "r12") TINYML_DENSE_CHANNEL("r5", "lr")
#define TINYML_DENSE_CHANNEL(weights, sum)                                                                   \
    "sxtb16 r7, " weights "\n\tsxtb16 " weights ", " weights ", ror #8\n\t"                                  \
    "smlad " sum ", r7, r6, " sum "\n\tsmlad " sum ", " weights ", r8, " sum "\n\t"
#define TINYML_DENSE_OUTPUT(sum) "ldrd r2, r3, [r1]\n\tadd r1, r1, r7\n\t" TINYML_TILE_OUTPUT(sum, "r2", "r3")

TINYML_NAKED void tinyml_dense_by_fours(tinyml_tile *tile TINYML_UNUSED)
{
    __asm__ volatile(TINYML_TILE_ENTER("80")
                     "1:\n\tldr r2, " TINYML_TILE_BIAS "\n\tldmia r2!, {r10-r12, lr}\n\tstr r2, " TINYML_TILE_BIAS "\n\t"
                     "ldrd r1, r3, [sp]\n\tbx r3\n"
                     "2:\n\t" TINYML_DENSE_STEP TINYML_DENSE_STEP TINYML_DENSE_STEP TINYML_DENSE_STEP TINYML_TILE_LOOP
                     "ldr r1, " TINYML_TILE_SCALE "\n\tldr r7, " TINYML_TILE_STEP "\n\tldr r8, " TINYML_TILE_OFFSET "\n\t"
                     TINYML_DENSE_OUTPUT("r10") TINYML_DENSE_OUTPUT("r11") TINYML_DENSE_OUTPUT("r12") TINYML_DENSE_OUTPUT("lr")
                     "str r1, " TINYML_TILE_SCALE "\n\tldr r6, " TINYML_TILE_FIRST "\n\t"
                     "strb r10, [r6], #1\n\tstrb r11, [r6], #1\n\tstrb r12, [r6], #1\n\tstrb lr, [r6], #1\n\t"
                     "str r6, " TINYML_TILE_FIRST "\n\t" TINYML_TILE_NEXT TINYML_TILE_LEAVE);
}

#endif

/* Has tinyml_dense_by_fours take a row's rest of 1 to 3 values too, or none again. False where it cannot: assembly, which would be 90
   bytes larger. */
TINYML_INLINE int8_t tinyml_dense_take(tinyml_tile *tile, const int8_t *rest)
{
#if defined(TINYML_ASSEMBLY) || defined(TINYML_HELIUM)
    (void)tile;
    return rest == NULL;
#else
    tile->rest = rest;
    return 1;
#endif
}

/* How many values of a row are kept before any output is written. */
#if defined(TINYML_HELIUM)
enum { TINYML_DENSE_LAST = 16 };
#else
enum { TINYML_DENSE_LAST = 4 };
#endif

/* x * w of one group for one channel, added to sum. */
TINYML_INLINE uint32_t tinyml_dense_group(const int8_t *x, const int8_t *w, uint32_t sum, int8_t in_flash TINYML_UNUSED)
{
#if defined(TINYML_DSP)
    const uint32_t values = tinyml_load4(x), weights = tinyml_load4(w);
    sum = tinyml_add_products(tinyml_even(values), tinyml_even(weights), sum);
    return tinyml_add_products(tinyml_odd(values), tinyml_odd(weights), sum);
#else
    sum += (uint32_t)(int32_t)(x[0] * tinyml_read_either(w, in_flash));
    sum += (uint32_t)(int32_t)(x[1] * tinyml_read_either(w + 1, in_flash));
    sum += (uint32_t)(int32_t)(x[2] * tinyml_read_either(w + 2, in_flash));
    sum += (uint32_t)(int32_t)(x[3] * tinyml_read_either(w + 3, in_flash));
    return sum;
#endif
}

#if !defined(TINYML_ASSEMBLY) && !defined(TINYML_HELIUM)

TINYML_INLINE const int8_t *tinyml_dense_of_four(const int8_t *x, const int8_t *w, int32_t groups, uint32_t sums[4],
                                                 int8_t in_flash TINYML_UNUSED)
{
#if defined(TINYML_DSP)
    for (; groups > 0; groups--, x += 4, w += 16) {
        sums[0] = tinyml_dense_group(x, w, sums[0], in_flash);
        sums[1] = tinyml_dense_group(x, w + 4, sums[1], in_flash);
        sums[2] = tinyml_dense_group(x, w + 8, sums[2], in_flash);
        sums[3] = tinyml_dense_group(x, w + 12, sums[3], in_flash);
    }
#else
    uint32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    const int8_t *end = x + groups * 4;
#if defined(TINYML_WIDE)
#define TINYML_DENSE_VALUE(k)                                  \
    {                                                          \
        const int8_t value = x[k];                             \
        a += (uint32_t)(value * (int8_t)(one >> 8 * (k)));     \
        b += (uint32_t)(value * (int8_t)(two >> 8 * (k)));     \
        c += (uint32_t)(value * (int8_t)(three >> 8 * (k)));   \
        d += (uint32_t)(value * (int8_t)(four >> 8 * (k)));    \
    }
#else
#define TINYML_DENSE_VALUE(k)                                  \
    {                                                          \
        const int8_t value = x[k];                             \
        a += (uint32_t)(int32_t)(value * tinyml_read_either(w + (k), in_flash));         \
        b += (uint32_t)(int32_t)(value * tinyml_read_either(w + (k) + 4, in_flash));     \
        c += (uint32_t)(int32_t)(value * tinyml_read_either(w + (k) + 8, in_flash));     \
        d += (uint32_t)(int32_t)(value * tinyml_read_either(w + (k) + 12, in_flash));    \
    }
#endif
    for (; x != end; x += 4, w += 16) {
#if defined(TINYML_WIDE)
        const uint32_t *const words = (const uint32_t *)(const void *)w;
        const uint32_t one = words[0], two = words[1], three = words[2], four = words[3];
#endif
        TINYML_DENSE_VALUE(0)
        TINYML_DENSE_VALUE(1)
        TINYML_DENSE_VALUE(2)
        TINYML_DENSE_VALUE(3)
    }
#undef TINYML_DENSE_VALUE
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
#endif
    return w;
}

#if defined(TINYML_THUMB_1)

/* One value and four channels: 15 instructions for 4 products; the sums are in registers that only moves and additions reach. */
#define TINYML_DENSE_VALUE                                                                                   \
    "ldrsb r6, [r0, r2]\n\tldrsb r7, [r1, r2]\n\tmuls r7, r6, r7\n\tadd r8, r7\n\t"                        \
    "ldrsb r7, [r1, r3]\n\tmuls r7, r6, r7\n\tadd r9, r7\n\tldrsb r7, [r1, r4]\n\tmuls r7, r6, r7\n\t"     \
    "add r10, r7\n\tldrsb r7, [r1, r5]\n\tmuls r7, r6, r7\n\tadd r11, r7\n\t"

TINYML_NAKED const int8_t *tinyml_dense_by_four(const int8_t *x TINYML_UNUSED, const int8_t *w TINYML_UNUSED,
                                                int32_t groups TINYML_UNUSED, uint32_t sums[4] TINYML_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4-r7, lr}\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "push {r3-r7}\n\tldmia r3!, {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"
                     "lsls r2, r2, #2\n\tadds r2, r0, r2\n\tmov r12, r2\n\t"
                     "movs r2, #0\n\tmovs r3, #4\n\tmovs r4, #8\n\tmovs r5, #12\n"
                     "1:\n\t" TINYML_DENSE_VALUE "adds r0, #1\n\tadds r1, #1\n\t" TINYML_DENSE_VALUE "adds r0, #1\n\tadds r1, #1\n\t"
                     TINYML_DENSE_VALUE "adds r0, #1\n\tadds r1, #1\n\t" TINYML_DENSE_VALUE "adds r0, #1\n\tadds r1, #13\n\t"
                     "cmp r0, r12\n\tbne 1b\n\t"
                     "movs r0, r1\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "pop {r3}\n\tstmia r3!, {r4-r7}\n\tpop {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\tpop {r4-r7, pc}\n\t");
}

#undef TINYML_DENSE_VALUE

#else

TINYML_OUTLINE const int8_t *tinyml_dense_by_four(const int8_t *x, const int8_t *w, int32_t groups, uint32_t sums[4])
{
    return tinyml_dense_of_four(x, w, groups, sums, 1);
}

#endif

#if defined(__AVR__)

/* Of four channels whose weights are unpacked in RAM, while their bias is in flash. */
TINYML_OUTLINE void tinyml_dense_by_unpacked(tinyml_tile *tile)
{
    int8_t c;
    for (c = 0; c < 4; c++) {
        tile->sums[c] = (uint32_t)tinyml_read_i32(tile->bias + c);
    }
    tinyml_dense_of_four((const int8_t *)tile->x, tile->w, tile->groups, tile->sums, 0);
}

#endif

TINYML_OUTLINE void tinyml_dense_by_fours(tinyml_tile *tile)
{
    const int32_t step = tile->step >> 2;
    do {
        uint32_t sums[4];
        int8_t c;
        for (c = 0; c < 4; c++) {
            sums[c] = (uint32_t)tinyml_read_i32(tile->bias++);
        }
        tile->w = tinyml_dense_by_four((const int8_t *)tile->x, tile->w, tile->groups, sums);
        if (tile->rest != NULL) {
            tile->w = tinyml_dense_by_four(tile->rest, tile->w, 1, sums);
        }
        if (tile->sums != NULL) {
            memcpy(tile->sums, sums, sizeof(sums));
            return;
        }
        for (c = 0; c < 4; c++, tile->scale += step) {
            *tile->first++ = tinyml_requantize_at(sums[c], tile->scale, tile->offset);
        }
    } while (tile->w != tile->w_end);
}

#endif

#if !defined(__AVR__)
#define tinyml_dense_by_unpacked tinyml_dense_by_fours
#endif

/* The sum of one of so many channels that lie interleaved. */
TINYML_INLINE uint32_t tinyml_dense_of_one(const tinyml_tile *tile, int32_t channel, int32_t channels, int8_t in_flash)
{
    const int8_t *x = (const int8_t *)tile->x, *w = tile->w + 4 * channel;
    uint32_t sum = (uint32_t)tinyml_read_i32(tile->bias + channel);
#if defined(TINYML_HELIUM)
    const uint32x4_t offsets = tinyml_offsets(4 * (uint32_t)channels);
    int32_t left = (int32_t)((const int8_t *)tile->end - x);
    for (; left > 16; left -= 16, x += 16, w += 16 * channels) {
        const int32x4_t weights = vldrwq_gather_offset_s32((const int32_t *)(const void *)w, offsets);
        sum = (uint32_t)vmladavaq_s8((int32_t)sum, vldrbq_s8(x), vreinterpretq_s8_s32(weights));
    }
    {
        const mve_pred16_t words = vctp32q(((uint32_t)left + 3) >> 2);
        const int32x4_t weights = vldrwq_gather_offset_z_s32((const int32_t *)(const void *)w, offsets, words);
        const int8x16_t values = vldrbq_z_s8(tile->last, vctp8q((uint32_t)left));
        sum = (uint32_t)vmladavaq_s8((int32_t)sum, values, vreinterpretq_s8_s32(weights));
    }
    (void)in_flash;
#else
    int32_t group;
    for (group = tile->groups; group > 0; group--, x += 4, w += 4 * channels) {
        sum = tinyml_dense_group(x, w, sum, in_flash);
    }
#endif
    return sum;
}

TINYML_OUTLINE uint32_t tinyml_dense_by_one(const tinyml_tile *tile, int32_t channel, int32_t channels)
{
    return tinyml_dense_of_one(tile, channel, channels, 1);
}

#if defined(TINYML_HELIUM)

/* Outputs of 1 to 4 channels whose sums these are. */
TINYML_OUTLINE void tinyml_dense_outputs(tinyml_tile *tile, int32_t channels, const uint32_t sums[4], const tinyml_outputs *outputs)
{
    const uint32x4_t offsets = tinyml_offsets((uint32_t)tile->step);
    const mve_pred16_t some = vctp32q((uint32_t)channels);
    const int32x4_t values = tinyml_values_4(vldrwq_s32((const int32_t *)sums), vldrwq_gather_offset_z_s32(tile->scale, offsets, some),
                                             vldrwq_gather_offset_z_s32(tile->scale + 1, offsets, some), outputs);
    vstrbq_p_s32(tile->first, values, some);
    tile->first += channels;
    tile->scale += channels * (tile->step >> 2);
}

#endif

/* 1 to 4 channels by their sums, to each of which `more` is added; `rest` are a row's last 1 to 3 values, or NULL. All sums come
   before any output: an output may lie on its own input. */
TINYML_INLINE void tinyml_dense_by_sums(tinyml_tile *tile, int32_t channels, const int8_t *rest, const tinyml_outputs *outputs,
                                        uint32_t more)
{
    uint32_t sums[4];
    int32_t c;
    if (channels == 4) {
        tile->sums = sums;
        tinyml_dense_by_fours(tile);
    } else {
        for (c = 0; c < channels; c++) {
            sums[c] = tinyml_dense_by_one(tile, c, channels);
        }
        tile->w += 4 * channels * tile->groups;
    }
#if defined(TINYML_HELIUM)
    if (rest == NULL) {
        for (c = 0; c < channels; c++) {
            sums[c] += more;
        }
        tinyml_dense_outputs(tile, channels, sums, outputs);
        tile->sums = NULL;
        return;
    }
#endif
    for (c = 0; c < channels; c++) {
        if (rest != NULL) {
            sums[c] = tinyml_dense_group(rest, tile->w, sums[c], 1);
            tile->w += 4;
        }
        *tile->first++ = tinyml_requantize_any(sums[c] + more, tile->scale, outputs);
        tile->scale += tile->step >> 2;
    }
    tile->sums = NULL;
}

/* `all` makes the outputs of so many channels, of what a row has in whole groups of 4 and its rest, or NULL;
   `scratch` is its own, or NULL. */
TINYML_INLINE void tinyml_fully_connected(const tinyml_fully_connected_params *p, const int8_t *input, const int8_t *filter,
                                          const int32_t *bias, const int32_t *scale, int8_t *output, int8_t *scratch,
                                          void (*all)(tinyml_tile *, int32_t, const int8_t *, const tinyml_outputs *))
{
    int32_t batch, c;
    const tinyml_outputs outputs = TINYML_OUTPUTS(*p);
    for (batch = p->batches; batch > 0; batch--) {
        int8_t last[TINYML_DENSE_LAST] = {0, 0, 0, 0};
        const int8_t *rest = NULL;
        tinyml_tile tile;
        tile.x = input;
        tile.groups = p->input_depth >> 2;
        for (c = 4 * tile.groups; c < p->input_depth; c++) {
            last[c & 3] = input[c];
            rest = last;
        }
        if (tile.groups == 0) {
            tile.x = last;
            tile.groups = 1;
            rest = NULL;
        }
        tile.end = (const int8_t *)tile.x + tile.groups * 4;
#if defined(TINYML_HELIUM)
        if (scratch == NULL) { /* a vector ends where the row does; the last one is read first, as the last 1 to 3 values are elsewhere */
            const int32_t before = (p->input_depth - 1) & ~INT32_C(15);
            vstrbq_s8(last, vldrbq_z_s8(input + before, vctp8q((uint32_t)(p->input_depth - before))));
            tile.last = last;
            tile.x = input;
            tile.groups = (p->input_depth + 3) >> 2;
            tile.end = input + p->input_depth;
            rest = NULL;
        }
#endif
        tile.w = filter;
        tile.bias = bias;
        tile.scale = scale;
        tile.first = output;
        if (scratch != NULL) {
            tile.second = scratch;
        }
        tile.offset = p->output_offset;
        tile.sums = NULL;
        tinyml_dense_take(&tile, NULL);
        tile.step = p->per_channel ? 8 : 0;
        all(&tile, p->output_depth, rest, &outputs);
        input += p->input_depth;
        output += p->output_depth;
    }
}

#endif
