/* The loop of tinyml_fully_connected.h, which includes this, for Helium. */
#ifndef TINYML_DENSE_HELIUM_H
#define TINYML_DENSE_HELIUM_H

#include "tinyml_tile.h"

#if defined(TINYML_ASSEMBLY)

/* A row ends at tile->end, which may be in the middle of a group: its last 1 to 16 values stay in q4. 36 instructions for 4 outputs, and
   11 for each 64 products but the last. */
TINYML_NAKED void tinyml_dense_by_fours(tinyml_tile *tile TINYML_UNUSED)
{
    __asm__ volatile("push {r4-r11, lr}\n\tvpush {d8-d15}\n\tsub sp, #20\n\t"
                     "ldr r2, " TINYML_TILE_W "\n\tldr r3, " TINYML_TILE_BIAS "\n\tldr r7, " TINYML_TILE_SCALE "\n\t"
                     "ldrd r5, r1, " TINYML_TILE_X "\n\tldr r12, " TINYML_TILE_OFFSET "\n\tsub r11, r1, r5\n\t"
                     "sub r9, r11, #1\n\tlsr r9, r9, #4\n\tsub r11, r11, r9, lsl #4\n\tldr r1, " TINYML_TILE_LAST "\n\t"
                     "vctp.8 r11\n\tvpst\n\tvldrbt.u8 q4, [r1]\n\tadd r11, r11, #3\n\tlsr r11, r11, #2\n\t"
                     "vctp.32 r11\n\tlsl r11, r11, #4\n\tmovs r4, #0\n\tvidup.u32 q5, r4, #1\n\tvshl.i32 q6, q5, #4\n\t"
                     "ldr r1, " TINYML_TILE_STEP "\n\tvmul.i32 q5, q5, r1\n"
                     "1:\n\tldrd r4, r6, [r3], #8\n\tldrd r8, r10, [r3], #8\n\tmov r1, r5\n\twls lr, r9, 3f\n"
                     "2:\n\tvldrb.u8 q7, [r1], #16\n\tvld40.32 {q0, q1, q2, q3}, [r2]\n\tvld41.32 {q0, q1, q2, q3}, [r2]\n\t"
                     "vld42.32 {q0, q1, q2, q3}, [r2]\n\tvld43.32 {q0, q1, q2, q3}, [r2]!\n\tvmladava.s8 r4, q7, q0\n\t"
                     "vmladava.s8 r6, q7, q1\n\tvmladava.s8 r8, q7, q2\n\tvmladava.s8 r10, q7, q3\n\tle lr, 2b\n"
                     "3:\n\tvadd.i32 q7, q6, r2\n\tvpstttt\n\tvldrwt.u32 q0, [q7]\n\tvldrwt.u32 q1, [q7, #4]\n\t"
                     "vldrwt.u32 q2, [q7, #8]\n\tvldrwt.u32 q3, [q7, #12]\n\tvmladava.s8 r4, q4, q0\n\t"
                     "vmladava.s8 r6, q4, q1\n\tvmladava.s8 r8, q4, q2\n\tvmladava.s8 r10, q4, q3\n\tadd r2, r11\n\t"
                     "ldr r1, " TINYML_TILE_SUMS "\n\tcbz r1, 5f\n\tstmia.w r1, {r4, r6, r8, r10}\n\tb 4f\n"
                     "5:\n\tstrd r4, r6, [sp]\n\tstrd r8, r10, [sp, #8]\n\tvldrw.32 q2, [sp]\n\t"
                     "vadd.i32 q7, q5, r7\n\tvldrw.u32 q0, [q7]\n\tvldrw.u32 q1, [q7, #4]\n\tldr r1, " TINYML_TILE_FIRST "\n\t"
                     TINYML_HELIUM_OUTPUTS("q2", "r1")
                     "str r1, " TINYML_TILE_FIRST "\n\tldr r1, " TINYML_TILE_STEP "\n\tadd r7, r7, r1, lsl #2\n\t"
                     "ldr r1, " TINYML_TILE_W_END "\n\tcmp r2, r1\n\tbne 1b\n"
                     "4:\n\tstr r2, " TINYML_TILE_W "\n\tstr r3, " TINYML_TILE_BIAS "\n\tstr r7, " TINYML_TILE_SCALE "\n\t"
                     "add sp, #20\n\tvpop {d8-d15}\n\tpop {r4-r11, pc}\n\t");
}

#else

/* Of four channels and up to 16 values of a row. */
#define TINYML_DENSE_VECTORS(x, one, two, three, four)                                                       \
    {                                                                                                        \
        const int8x16_t values_ = (x);                                                                       \
        a = vmladavaq_s8(a, values_, vreinterpretq_s8_s32(one));                                             \
        b = vmladavaq_s8(b, values_, vreinterpretq_s8_s32(two));                                             \
        c = vmladavaq_s8(c, values_, vreinterpretq_s8_s32(three));                                           \
        d = vmladavaq_s8(d, values_, vreinterpretq_s8_s32(four));                                            \
    }

/* A row ends at tile->end, which may be in the middle of a group. */
TINYML_OUTLINE void tinyml_dense_by_fours(tinyml_tile *tile)
{
    const int32_t size = (int32_t)((const int8_t *)tile->end - (const int8_t *)tile->x), whole = (size - 1) >> 4;
    const int32_t last = size - 16 * whole, words = (last + 3) >> 2, step = tile->step >> 2;
    const uint32x4_t offsets = tinyml_offsets(16), scales = tinyml_offsets((uint32_t)tile->step);
    const mve_pred16_t some = vctp32q((uint32_t)words);
    const int8x16_t rest = vldrbq_z_s8(tile->last, vctp8q((uint32_t)last));
    const int32_t *w = (const int32_t *)(const void *)tile->w, *bias = tile->bias;
    do {
        const int8_t *x = (const int8_t *)tile->x;
        int32_t a = bias[0], b = bias[1], c = bias[2], d = bias[3], i;
        uint32_t sums[4];
        bias += 4;
        for (i = whole; i > 0; i--, x += 16, w += 16) {
            const int32x4x4_t v = vld4q_s32(w);
            TINYML_DENSE_VECTORS(vldrbq_s8(x), v.val[0], v.val[1], v.val[2], v.val[3])
        }
        TINYML_DENSE_VECTORS(
            rest, vldrwq_gather_offset_z_s32(w, offsets, some), vldrwq_gather_offset_z_s32(w + 1, offsets, some),
            vldrwq_gather_offset_z_s32(w + 2, offsets, some), vldrwq_gather_offset_z_s32(w + 3, offsets, some))
        w += 4 * words;
        sums[0] = (uint32_t)a;
        sums[1] = (uint32_t)b;
        sums[2] = (uint32_t)c;
        sums[3] = (uint32_t)d;
        if (tile->sums != NULL) {
            memcpy(tile->sums, sums, sizeof(sums));
            break;
        }
        tinyml_requantize_4(tile->first, sums, vldrwq_gather_offset_s32(tile->scale, scales),
                            vldrwq_gather_offset_s32(tile->scale + 1, scales), tile->offset);
        tile->first += 4;
        tile->scale += 4 * step;
    } while ((const int8_t *)w != tile->w_end);
    tile->w = (const int8_t *)w;
    tile->bias = bias;
}

#undef TINYML_DENSE_VECTORS

#endif

#endif
