/* Rows of int8 times four columns that are laid out for it first, a panel: BATCH_MATMUL. All sums are modulo 2^32. */
#ifndef TINYML_PANEL_H
#define TINYML_PANEL_H

#include "tinyml_matmul.h"

#if defined(TINYML_HELIUM)

#include "tinyml_panel_helium.h"

#else

/* A panel holds the values of four columns as 16 bits, its offset added, those with the same index side by side. Where TINYML_DSP is
   defined all whole fours lie column by column instead: of the first its values 0, 2, 1 and 3, of the second, third and fourth. */
#if defined(TINYML_DSP)
#define TINYML_PANEL_FOURS(n) ((n) & ~INT32_C(3))
#else
#define TINYML_PANEL_FOURS(n) 0
#endif

#define TINYML_PANEL_PUT(place)                          \
    value = tinyml_read_either(at, in_flash) + offset;   \
    at += step;                                          \
    sum += (uint32_t)value;                              \
    place = (int16_t)value;

/* Lays out n values as column `c`; their sum with the offsets, which is what an offset of the rows' values adds of each. */
TINYML_OUTLINE uint32_t tinyml_panel_lay(int16_t *panel, int32_t c, const tinyml_vector *column, int32_t n)
{
    const int8_t *at = column->at;
    const int8_t in_flash TINYML_UNUSED = column->in_flash;
    const int32_t step = column->step, offset = column->offset;
    int32_t rest = n - TINYML_PANEL_FOURS(n), value;
    uint32_t sum = 0;
#if defined(TINYML_DSP)
    int16_t *four = panel + 4 * c;
    for (; n > rest; n -= 4, four += 16) {
        TINYML_PANEL_PUT(four[0])
        TINYML_PANEL_PUT(four[2])
        TINYML_PANEL_PUT(four[1])
        TINYML_PANEL_PUT(four[3])
    }
    panel = four - 4 * c;
#endif
    for (panel += c; rest > 0; rest--, panel += 4) {
        TINYML_PANEL_PUT(*panel)
    }
    return sum;
}

#undef TINYML_PANEL_PUT

#if defined(TINYML_ASSEMBLY)

/* Adds the products of the whole fours from x to `end`, of which there is one at least: 15 instructions for 16 products. */
TINYML_NAKED void tinyml_panel_fours(uint32_t *sums TINYML_UNUSED, const int8_t *x TINYML_UNUSED, const int8_t *end TINYML_UNUSED,
                                     const int16_t *panel TINYML_UNUSED)
{
    __asm__ volatile("push {r0, r4-r11, lr}\n\tldmia r0, {r8-r11}\n"
                     "1:\n\tldr r12, [r1], #4\n\tldmia r3!, {r4-r7}\n\tsxtb16 lr, r12\n\tsxtb16 r12, r12, ror #8\n\t"
                     "smlad r8, lr, r4, r8\n\tsmlad r9, lr, r6, r9\n\tsmlad r8, r12, r5, r8\n\tsmlad r9, r12, r7, r9\n\t"
                     "ldmia r3!, {r4-r7}\n\t"
                     "smlad r10, lr, r4, r10\n\tsmlad r11, lr, r6, r11\n\tsmlad r10, r12, r5, r10\n\tsmlad r11, r12, r7, r11\n\t"
                     "cmp r1, r2\n\tbne 1b\n\t"
                     "pop {r0}\n\tstmia r0, {r8-r11}\n\tpop {r4-r11, pc}\n\t");
}

#elif defined(TINYML_DSP)

TINYML_OUTLINE void tinyml_panel_fours(uint32_t *sums, const int8_t *x, const int8_t *end, const int16_t *panel)
{
    int32_t c;
    for (; x != end; x += 4) {
        const uint32_t word = tinyml_load4(x), even = tinyml_even(word), odd = tinyml_odd(word);
        for (c = 0; c < 4; c++, panel += 4) {
            uint32_t pairs[2];
            memcpy(pairs, panel, sizeof(pairs));
            sums[c] = tinyml_add_products(odd, pairs[1], tinyml_add_products(even, pairs[0], sums[c]));
        }
    }
}

#endif

#if defined(TINYML_THUMB_1)

/* Adds what the values from x to `end`, of which there is one at least, make with a panel: 17 instructions for 4 products; the sums
   are in registers that only moves and additions reach. */
TINYML_NAKED void tinyml_panel_values(uint32_t *sums TINYML_UNUSED, const int8_t *x TINYML_UNUSED, const int8_t *end TINYML_UNUSED,
                                      const int16_t *panel TINYML_UNUSED)
{
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4-r7, lr}\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "push {r0, r4-r7}\n\tldmia r0!, {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"
                     "mov r12, r2\n\tmovs r0, #0\n\tmovs r2, #2\n\tmovs r4, #4\n\tmovs r5, #6\n"
                     "1:\n\tldrsb r6, [r1, r0]\n\tldrsh r7, [r3, r0]\n\tmuls r7, r6, r7\n\tadd r8, r7\n\t"
                     "ldrsh r7, [r3, r2]\n\tmuls r7, r6, r7\n\tadd r9, r7\n\tldrsh r7, [r3, r4]\n\tmuls r7, r6, r7\n\t"
                     "add r10, r7\n\tldrsh r7, [r3, r5]\n\tmuls r7, r6, r7\n\tadd r11, r7\n\t"
                     "adds r1, #1\n\tadds r3, #8\n\tcmp r1, r12\n\tbne 1b\n\t"
                     "pop {r0}\n\tmov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\tstmia r0!, {r4-r7}\n\t"
                     "pop {r4-r7}\n\tmov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\tpop {r4-r7, pc}\n\t");
}

#endif

#define TINYML_PANEL_VALUE(k)                                                                                \
    {                                                                                                        \
        const int8_t factor = tinyml_read_either(value + (k), in_flash);                                     \
        a += (uint32_t)((int32_t)factor * panel[4 * (k)]);                                                   \
        b += (uint32_t)((int32_t)factor * panel[4 * (k) + 1]);                                               \
        c += (uint32_t)((int32_t)factor * panel[4 * (k) + 2]);                                               \
        d += (uint32_t)((int32_t)factor * panel[4 * (k) + 3]);                                               \
    }

/* Adds to the sums what n values of x, side by side, make with a panel. */
TINYML_INLINE void tinyml_panel_sums(uint32_t *sums, const tinyml_vector *x, const int16_t *panel, int32_t n)
{
    const int8_t *value = x->at, *const end = value + n;
#if defined(TINYML_THUMB_1)
    tinyml_panel_values(sums, value, end, panel);
#else
    const int8_t in_flash TINYML_UNUSED = x->in_flash;
    uint32_t a, b, c, d;
#if defined(TINYML_DSP)
    value += TINYML_PANEL_FOURS(n);
    if (value != x->at) {
        tinyml_panel_fours(sums, x->at, value, panel);
        if (value == end) {
            return;
        }
        panel += 4 * TINYML_PANEL_FOURS(n);
    }
#endif
    a = sums[0];
    b = sums[1];
    c = sums[2];
    d = sums[3];
#if !defined(TINYML_DSP)
    for (; end - value >= 4; value += 4, panel += 16) {
        TINYML_PANEL_VALUE(0)
        TINYML_PANEL_VALUE(1)
        TINYML_PANEL_VALUE(2)
        TINYML_PANEL_VALUE(3)
    }
#endif
    for (; value != end; value++, panel += 4) {
        TINYML_PANEL_VALUE(0)
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
#endif
}

#undef TINYML_PANEL_VALUE

/* Outputs of all rows of x with a panel of y; `offsets` is what x's offset adds. */
TINYML_INLINE void tinyml_panel_rows(const tinyml_batch_matmul_params *p, const tinyml_matmul_scale *scale, const tinyml_side *x,
                                     const tinyml_side *y, const int16_t *panel, const uint32_t offsets[4], int8_t *out)
{
    tinyml_vector vector = x->first;
    int32_t i;
    for (i = x->count; i > 0; i--, vector.at += x->apart, out += x->output_apart) {
        uint32_t sums[4] = {offsets[0], offsets[1], offsets[2], offsets[3]};
        tinyml_panel_sums(sums, &vector, panel, p->inner);
        tinyml_matmul_outputs(p, scale, sums, 4, out, y->output_apart);
    }
}

#endif

#endif
