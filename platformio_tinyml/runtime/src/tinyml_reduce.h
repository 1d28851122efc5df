/* MEAN, SUM, REDUCE_MAX and REDUCE_MIN, of elements of `width` bytes, 1 or 2, which is a constant wherever it is asked for. */
#ifndef TINYML_REDUCE_H
#define TINYML_REDUCE_H

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

TINYML_INLINE int32_t tinyml_reduce_read(const int8_t *values, int8_t width)
{
    return width == 1 ? *values : *(const int16_t *)(const void *)values;
}

/* Of one output element, over the reduced dimensions from `input` on: the sum, or the largest or smallest value. */
TINYML_INLINE int32_t tinyml_reduce_one(const tinyml_reduce_params *p, const int8_t *input, int8_t width)
{
    int32_t result = p->kind == 0 ? 0 : tinyml_reduce_read(input, width);
    int32_t i0, i1, i2;
    for (i0 = 0; i0 < p->reduced_0; i0++) {
        for (i1 = 0; i1 < p->reduced_1; i1++) {
            const int8_t *in = input + (i0 * p->reduced_step_0 + i1 * p->reduced_step_1) * width;
            for (i2 = p->reduced_2; i2 > 0; i2--, in += p->reduced_step_2 * width) {
                const int32_t value = tinyml_reduce_read(in, width);
                if (p->kind == 0) {
                    result += value;
                } else if (p->kind > 0 ? value > result : value < result) {
                    result = value;
                }
            }
        }
    }
    return result;
}

/* The output, of a value that is read; `min` and `max` are the type's. */
TINYML_INLINE int32_t tinyml_reduce_output(const tinyml_reduce_params *p, int32_t value, int32_t min, int32_t max)
{
    if (p->kind == 0) {
        value = tinyml_rescale(value + p->input_offset, p->multiplier, p->shift);
        min -= p->output_offset;
        max -= p->output_offset;
        value = (value < min ? min : value > max ? max : value) + p->output_offset;
    }
    return value;
}

#endif
