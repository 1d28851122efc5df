/* Products of matrices, batch by batch. */
#ifndef TINYML_MATRICES_H
#define TINYML_MATRICES_H

#include "tinyml_core.h"

/* For each output element of a BATCH_MATMUL, in order, `*output++ = result`, which is made of `left` and `right`: where its row
   of input1 and its column of input2 begin. p is its params, the inputs are of `type`. */
#define TINYML_MATRIX_OUTPUTS(p, type, input1, input2, output, left, right, result)                                             \
    {                                                                                                                           \
        int32_t i0, i1, i2, row, column;                                                                                        \
        for (i0 = 0; i0 < (p).size_0; i0++) {                                                                                   \
            for (i1 = 0; i1 < (p).size_1; i1++) {                                                                               \
                for (i2 = 0; i2 < (p).size_2; i2++) {                                                                           \
                    const type *first = (input1) + (i0 * (p).input1_step_0 + i1 * (p).input1_step_1 + i2 * (p).input1_step_2);  \
                    const type *second = (input2) + (i0 * (p).input2_step_0 + i1 * (p).input2_step_1 + i2 * (p).input2_step_2); \
                    for (row = 0; row < (p).rows; row++) {                                                                      \
                        for (column = 0; column < (p).columns; column++) {                                                      \
                            const type *left = first + row * (p).row_step;                                                      \
                            const type *right = second + column * (p).column_step;                                              \
                            *(output)++ = result;                                                                               \
                        }                                                                                                       \
                    }                                                                                                           \
                }                                                                                                               \
            }                                                                                                                   \
        }                                                                                                                       \
    }

#endif
