/* What CONV_2D and FULLY_CONNECTED hand to their inner loops: so many blocks of output channels, that all see the same
   values. The loops advance the pointers. */
#ifndef TINYML_TILE_H
#define TINYML_TILE_H

#include "tinyml_requantize.h"

typedef struct {
    const void *x;        /* the values, groups of 4 */
    const void *end;      /* of them */
    int32_t groups;       /* at least 1 */
    const int8_t *w;      /* the filter, arranged */
    const int32_t *bias;  /* of the next channel */
    const int32_t *scale; /* of the next channel, quick */
    int8_t *first;        /* where its output goes */
    int8_t *second;       /* of two columns, the second's */
    int32_t offset;       /* of outputs */
    const int8_t *w_end;  /* of the last block, above w */
    uint32_t *sums;       /* NULL; else sums of one block go here instead, and no output anywhere */
    int32_t step;         /* bytes from the scale of a channel to that of the next, 8 or 0 */
#if defined(TINYML_HELIUM)
    const uint16_t *places; /* of CONV_2D: NULL; else how far behind a window's first value a column's are */
    const int8_t *last; /* of FULLY_CONNECTED: the row's last 1 to 16 values */
#elif !defined(TINYML_ASSEMBLY)
    const int8_t *rest; /* of FULLY_CONNECTED: NULL; else a last group of the row */
#endif
} tinyml_tile;

#if defined(TINYML_THUMB_2)

/* The same members for assembly, r0 being the tile. */
#define TINYML_TILE_X "[r0]"
#define TINYML_TILE_END "[r0, #4]"
#define TINYML_TILE_GROUPS "[r0, #8]"
#define TINYML_TILE_W "[r0, #12]"
#define TINYML_TILE_BIAS "[r0, #16]"
#define TINYML_TILE_SCALE "[r0, #20]"
#define TINYML_TILE_FIRST "[r0, #24]" /* and the second with LDRD */
#define TINYML_TILE_OFFSET "[r0, #32]"
#define TINYML_TILE_W_END "[r0, #36]"
#define TINYML_TILE_SUMS "[r0, #40]"
#define TINYML_TILE_STEP "[r0, #44]"
#define TINYML_TILE_LAST "[r0, #52]"

#endif

#if defined(TINYML_ASSEMBLY)

/* Of the sum in register `a` an output, with the scale in registers `one` and `two` and the offset in r8. */
#define TINYML_TILE_OUTPUT(a, one, two)                                                                      \
    "smmlar " a ", " a ", " one ", " a "\n\tadd " a ", " a ", " a ", asr #31\n\t"                            \
    "smmlar " a ", " a ", " two ", r8\n\tssat " a ", #8, " a "\n\t"

/* Begins a function of assembly: keeps x and the address at which a loop of four steps, `code` bytes each, begins with
   groups modulo 4, both where ldrd r1, r3, [sp] finds them. */
#define TINYML_TILE_ENTER(code)                                                                              \
    "push {r4-r11, lr}\n\tldr r1, " TINYML_TILE_GROUPS "\n\trsb r1, r1, #0\n\tand r1, r1, #3\n\t"            \
    "mov r2, #" code "\n\tadr.w r3, 2f\n\tmla r3, r1, r2, r3\n\tadd r3, r3, #1\n\t"                          \
    "ldr r1, " TINYML_TILE_X "\n\tpush {r1, r3}\n\tldr r9, " TINYML_TILE_W "\n"

/* Ends the loop of steps, and goes to label 3 with the block's sums if these are asked for. */
#define TINYML_TILE_LOOP                                                                                     \
    "ldr r2, " TINYML_TILE_END "\n\tcmp r1, r2\n\tbne 2b\n\t"                                              \
    "ldr r1, " TINYML_TILE_SUMS "\n\tcbz r1, 5f\n\tb 3f\n5:\n\t"

/* Goes to label 1 for another block. */
#define TINYML_TILE_NEXT                                                                                     \
    "ldr r1, " TINYML_TILE_W_END "\n\tcmp r9, r1\n\tbne 1b\n\tb 4f\n"

#define TINYML_TILE_LEAVE                                                                                    \
    "3:\n\tstmia r1!, {r10-r12, lr}\n"                                                                      \
    "4:\n\tstr r9, " TINYML_TILE_W "\n\tpop {r1, r3}\n\tpop {r4-r11, pc}\n\t"

#endif

#endif
