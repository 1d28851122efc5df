/* SVDF, of states of 8 and of 16 bits. */
#ifndef TINYML_SVDF_H
#define TINYML_SVDF_H

#include "tinyml_dot.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

/* What the input makes of the last element of a filter's row, `low` to `high` about the state's zero point. */
static inline int32_t tinyml_svdf_feature(const tinyml_svdf_params *p, const int8_t *input, const int8_t *feature, int32_t low,
                                          int32_t high)
{
    int32_t sum = (int32_t)tinyml_dot(input, p->input_offset, feature, p->input_depth, 0);
    sum = tinyml_rescale(sum, p->feature_multiplier, p->feature_shift);
    return p->state_zero_point + (sum < low ? low : sum > high ? high : sum);
}

/* The kernel's body, of states of `type`, which `read` reads from flash. */
#define TINYML_SVDF(type, read, low, high)                                                                          \
    TINYML_PARAMS(tinyml_svdf_params, p, params);                                                                   \
    int32_t batch, unit, rank, i;                                                                                   \
    for (batch = 0; batch < p->batches; batch++, input += p->input_depth) {                                         \
        const int8_t *features = feature;                                                                           \
        const type *weight = time;                                                                                  \
        for (unit = 0; unit < p->units; unit++) {                                                                   \
            uint32_t sum = (uint32_t)tinyml_read_i32(bias + unit);                                                  \
            for (rank = 0; rank < p->rank; rank++, features += p->input_depth, state += p->memory) {                \
                for (i = 0; i + 1 < p->memory; i++) {                                                               \
                    state[i] = state[i + 1];                                                                        \
                    sum += (uint32_t)((state[i] - (int32_t)p->state_zero_point) * read(weight++));                  \
                }                                                                                                   \
                state[i] = (type)tinyml_svdf_feature(p, input, features, low, high);                                \
                sum += (uint32_t)((state[i] - (int32_t)p->state_zero_point) * read(weight++));                      \
            }                                                                                                       \
            *output++ = tinyml_output(tinyml_rescale((int32_t)sum, p->multiplier, p->shift), p->output_offset, -128, 127); \
        }                                                                                                           \
    }

#endif
