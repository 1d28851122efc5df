/* Loops over two inputs, each of which may stand still along some of four dimensions. */
#ifndef TINYML_BROADCAST_H
#define TINYML_BROADCAST_H

#include "tinyml_core.h"

TINYML_INLINE int16_t tinyml_read_either_s16(const int16_t *address, int8_t in_flash)
{
    return TINYML_IS_APART(in_flash) ? tinyml_read_i16(address) : *address;
}

/* For each output element, in order, `*output++ = result`, where `result` is made of the values `x` of input1 and `y` of
   input2. p has the fields of tinyml_kernels.h from size_0 to input2_step_3, input1_in_flash and input2_in_flash. Inputs are of
   type1 and type2, which read1 and read2 read. */
#define TINYML_BROADCAST_OF(type1, read1, type2, read2, type, p, input1, input2, output, x, y, result)         \
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
                        const int32_t x = read1(in1, (p).input1_in_flash);                                     \
                        const int32_t y = read2(in2, (p).input2_in_flash);                                     \
                        *(output)++ = (type)(result);                                                          \
                        in1 += (p).input1_step_3;                                                              \
                        in2 += (p).input2_step_3;                                                              \
                    }                                                                                          \
                }                                                                                              \
            }                                                                                                  \
        }                                                                                                      \
    }

#define TINYML_BROADCAST(p, input1, input2, output, x, y, result)                                              \
    TINYML_BROADCAST_OF(int8_t, tinyml_read_either, int8_t, tinyml_read_either, int8_t, p, input1, input2, output, x, y, result)

#define TINYML_BROADCAST_S16(p, input1, input2, output, x, y, result)                                          \
    TINYML_BROADCAST_OF(int16_t, tinyml_read_either_s16, int16_t, tinyml_read_either_s16, int16_t, p, input1, input2, output, x, \
                        y, result)

#endif
