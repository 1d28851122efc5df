/* Loops over two inputs, each of which may stand still along some of four dimensions. */
#ifndef TINYML_BROADCAST_H
#define TINYML_BROADCAST_H

#include "tinyml_core.h"

TINYML_INLINE int16_t tinyml_read_either_s16(const int16_t *address, int8_t in_flash)
{
    return TINYML_IS_APART(in_flash) ? tinyml_read_i16(address) : *address;
}

TINYML_INLINE int32_t tinyml_read_either_s32(const int32_t *address, int8_t in_flash)
{
    return TINYML_IS_APART(in_flash) ? tinyml_read_i32(address) : *address;
}

/* For each output element, in order, `*output++ = result`, where `result` is made of the values `x` of input1 and `y` of
   input2, both of type `value`. p has the fields of tinyml_kernels_broadcast.h from size_0 to input2_step_3, input1_in_flash
   and input2_in_flash. Inputs are of type1 and type2, which read1 and read2 read. */
#define TINYML_BROADCAST_OF(value, type1, read1, type2, read2, type, p, input1, input2, output, x, y, result)  \
    {                                                                                                          \
        int32_t i0, i1, i2, i3;                                                                                \
        for (i0 = 0; i0 < (p).size_0; i0++) {                                                                  \
            for (i1 = 0; i1 < (p).size_1; i1++) {                                                              \
                for (i2 = 0; i2 < (p).size_2; i2++) {                                                          \
                    const type1 *in1 = (input1) + i0 * (p).input1_step_0 + i1 * (p).input1_step_1 +            \
                                        i2 * (p).input1_step_2;                                                \
                    const type2 *in2 = (input2) + i0 * (p).input2_step_0 + i1 * (p).input2_step_1 +            \
                                        i2 * (p).input2_step_2;                                                \
                    for (i3 = (p).size_3; i3 > 0; i3--) {                                                      \
                        const value x = read1(in1, (p).input1_in_flash);                                       \
                        const value y = read2(in2, (p).input2_in_flash);                                       \
                        *(output)++ = (type)(result);                                                          \
                        in1 += (p).input1_step_3;                                                              \
                        in2 += (p).input2_step_3;                                                              \
                    }                                                                                          \
                }                                                                                              \
            }                                                                                                  \
        }                                                                                                      \
    }

/* As TINYML_BROADCAST_OF, for inputs and an output of one type, which read reads as type `value`. */
#define TINYML_BROADCAST_ALIKE(value, type, read, p, input1, input2, output, x, y, result)                     \
    TINYML_BROADCAST_OF(value, type, read, type, read, type, p, input1, input2, output, x, y, result)

#define TINYML_BROADCAST(p, input1, input2, output, x, y, result)                                              \
    TINYML_BROADCAST_ALIKE(int32_t, int8_t, tinyml_read_either, p, input1, input2, output, x, y, result)

#define TINYML_BROADCAST_S16(p, input1, input2, output, x, y, result)                                          \
    TINYML_BROADCAST_ALIKE(int32_t, int16_t, tinyml_read_either_s16, p, input1, input2, output, x, y, result)

/* Copies of a value that stands still, for as many elements at a time. */
#if defined(TINYML_HELIUM)
enum { TINYML_SAME = 64 };

/* Whether rows of one input meet one row of the other, which fits as often: then as many are a run. */
#define TINYML_IS_REPEATED(p)                                                                                  \
    ((p)->input1_step_3 == 1 && (p)->input2_step_3 == 1 && 2 * (p)->size_3 <= TINYML_SAME && (p)->size_2 > 1 &&   \
     (((p)->input1_step_2 == 0 && (p)->input2_step_2 == (p)->size_3) ||                                          \
      ((p)->input2_step_2 == 0 && (p)->input1_step_2 == (p)->size_3)))

/* As many copies of n bytes as fit `to`; the bytes of all. */
TINYML_OUTLINE TINYML_SMALL int32_t tinyml_repeat(int8_t *to, const int8_t *from, int32_t n)
{
    const int32_t count = TINYML_SAME - TINYML_SAME % n;
    int32_t i;
    for (i = 0; i < count; i++) {
        to[i] = i < n ? from[i] : to[i - n];
    }
    return count;
}

/* TINYML_SAME copies of a value. */
TINYML_INLINE void tinyml_fill_same(int8_t *same, int8_t value)
{
    const int8x16_t values = vdupq_n_s8(value);
    vstrbq_s8(same, values);
    vstrbq_s8(same + 16, values);
    vstrbq_s8(same + 32, values);
    vstrbq_s8(same + 48, values);
}
#else
enum { TINYML_SAME = 16 };
#define tinyml_fill_same(same, value) tinyml_fill_bytes(same, value, TINYML_SAME)
#define TINYML_IS_REPEATED(p) 0
#define tinyml_repeat(to, from, n) 0
#endif

/* As TINYML_BROADCAST, `p` a pointer; where `is_run` holds `run` makes outputs, `count` of them from `one` and `two`, and outputs,
   which has the activation, clamps them. */
#define TINYML_BROADCAST_RUNS(p, input1, input2, output, is_run, run, outputs, x, y, result)                    \
    {                                                                                                          \
        int32_t i0, i1, i2, i3;                                                                                \
        for (i0 = 0; i0 < (p)->size_0; i0++) {                                                                 \
            for (i1 = 0; i1 < (p)->size_1; i1++) {                                                             \
                for (i2 = 0; i2 < (p)->size_2; i2++) {                                                         \
                    const int8_t *in1 = (input1) + i0 * (p)->input1_step_0 + i1 * (p)->input1_step_1 +         \
                                        i2 * (p)->input1_step_2;                                               \
                    const int8_t *in2 = (input2) + i0 * (p)->input2_step_0 + i1 * (p)->input2_step_1 +         \
                                        i2 * (p)->input2_step_2;                                               \
                    if (is_run) {                                                                              \
                        const int8_t *one = in1, *two = in2;                                                   \
                        int32_t step1 = (p)->input1_step_3, step2 = (p)->input2_step_3;                        \
                        int32_t count = (p)->size_3;                                                           \
                        int8_t same[TINYML_SAME];                                                              \
                        i3 = count;                                                                            \
                        if (TINYML_IS_REPEATED(p)) {                                                           \
                            const int8_t is_first = (int8_t)((p)->input1_step_2 == 0);                         \
                            const int8_t **const still = is_first ? &one : &two;                               \
                            *(is_first ? &step1 : &step2) = 0;                                                 \
                            count = tinyml_repeat(same, *still, i3);                                           \
                            i3 *= (p)->size_2;                                                                 \
                            i2 = (p)->size_2;                                                                  \
                            *still = same;                                                                     \
                        } else if (step1 == 0 || step2 == 0) {                                                 \
                            const int8_t **const still = step1 == 0 ? &one : &two;                             \
                            tinyml_fill_same(same, **still);                                                   \
                            *still = same;                                                                     \
                            count = TINYML_SAME;                                                               \
                        }                                                                                      \
                        for (; i3 > 0; i3 -= count) {                                                          \
                            count = count > i3 ? i3 : count;                                                   \
                            run;                                                                               \
                            tinyml_clamp(output, count, outputs);                                              \
                            (output) += count;                                                                 \
                            one += count * step1;                                                              \
                            two += count * step2;                                                              \
                        }                                                                                      \
                        continue;                                                                              \
                    }                                                                                          \
                    for (i3 = (p)->size_3; i3 > 0; i3--) {                                                     \
                        const int32_t x = tinyml_read_either(in1, (p)->input1_in_flash);                       \
                        const int32_t y = tinyml_read_either(in2, (p)->input2_in_flash);                       \
                        *(output)++ = (int8_t)(result);                                                        \
                        in1 += (p)->input1_step_3;                                                             \
                        in2 += (p)->input2_step_3;                                                             \
                    }                                                                                          \
                }                                                                                              \
            }                                                                                                  \
        }                                                                                                      \
    }

/* Whether runs along the last dimension are: inputs go on by one, or one of them stands still, and are read as RAM is. */
#define TINYML_IS_RUN(p)                                                                                       \
    (((p)->input1_step_3 | (p)->input2_step_3) == 1 && !TINYML_IS_APART((p)->input1_in_flash || (p)->input2_in_flash))

#endif
