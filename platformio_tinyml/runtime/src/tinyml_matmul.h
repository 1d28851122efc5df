/* What the kernels of BATCH_MATMUL on int8 share: all but how a pair of matrices is multiplied. */
#ifndef TINYML_MATMUL_H
#define TINYML_MATMUL_H

#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_requantize.h"

/* Values `step` bytes apart, each with `offset` added before it is multiplied. */
typedef struct {
    const int8_t *at;
    int32_t step;
    int16_t offset;
    int8_t in_flash;
} tinyml_vector;

/* One of two matrices: its rows (of input1) or columns (of input2), of which `count` begin `apart` bytes from each other, and
   how far apart what they give lies in the output. */
typedef struct {
    tinyml_vector first;
    int32_t apart;
    int32_t count;
    int32_t output_apart;
} tinyml_side;

/* How sums become outputs: `quick` is a quick scale of tinyml_requantize.h where there is one. */
typedef struct {
    int32_t quick[2];
    int8_t is_quick;
} tinyml_matmul_scale;

TINYML_OUTLINE TINYML_SMALL int8_t tinyml_matmul_output(const tinyml_batch_matmul_params *p, int32_t sum)
{
    return tinyml_output(tinyml_rescale(sum, p->multiplier, p->shift), p->output_offset, -128, 127);
}

TINYML_OUTLINE void tinyml_matmul_outputs(const tinyml_batch_matmul_params *p, const tinyml_matmul_scale *scale, const uint32_t *sums,
                                          int32_t count, int8_t *out, int32_t apart)
{
    const uint32_t *const end = sums + count;
    const int32_t first = scale->quick[0], second = scale->quick[1], offset = p->output_offset;
    if (scale->is_quick) {
        for (; sums != end; sums++, out += apart) {
            *out = tinyml_saturated(tinyml_quick((int32_t)*sums, first, second, offset));
        }
        return;
    }
    for (; sums != end; sums++, out += apart) {
        *out = tinyml_matmul_output(p, (int32_t)*sums);
    }
}

/* All pairs of matrices by `multiply`; `is_left` where the first of the two that it gets is input2. */
TINYML_INLINE void tinyml_matmul(const tinyml_batch_matmul_params *p, const int8_t *input1, const int8_t *input2, int8_t *output,
                                 int8_t is_left, void *scratch,
                                 void (*multiply)(const tinyml_batch_matmul_params *, const tinyml_matmul_scale *,
                                                  const tinyml_side *, const tinyml_side *, int8_t *, void *))
{
    const int8_t is_quick = (int8_t)(p->multiplier != 0 && p->shift <= -2);
    const tinyml_matmul_scale scale = {
        {(int32_t)((uint32_t)p->multiplier * 2), is_quick ? (int32_t)(UINT32_C(1) << (32 + p->shift)) : 0}, is_quick};
    int32_t i0, i1, i2;
    for (i0 = 0; i0 < p->size_0; i0++) {
        for (i1 = 0; i1 < p->size_1; i1++) {
            for (i2 = 0; i2 < p->size_2; i2++, output += p->rows * p->columns) {
                const int8_t *one = input1 + (i0 * p->input1_step_0 + i1 * p->input1_step_1 + i2 * p->input1_step_2);
                const int8_t *two = input2 + (i0 * p->input2_step_0 + i1 * p->input2_step_1 + i2 * p->input2_step_2);
                const tinyml_side left = {
                    {one, p->left_step, p->input1_offset, p->input1_in_flash}, p->row_step, p->rows, p->columns};
                const tinyml_side right = {
                    {two, p->right_step, p->input2_offset, p->input2_in_flash}, p->column_step, p->columns, 1};
                multiply(p, &scale, is_left ? &right : &left, is_left ? &left : &right, output, scratch);
            }
        }
    }
}

#endif
