/* Which inputs of a transposed convolution reach an output, along one axis. */
#ifndef TINYML_SPREAD_H
#define TINYML_SPREAD_H

#include "tinyml_core.h"

/* Inputs `first` to `end` - 1; input n by tap `place` - n * stride. */
typedef struct {
    int32_t first;
    int32_t end;
    int32_t place;
} tinyml_spread;

/* `place` is the output's index plus the padding, at least 0. */
static inline tinyml_spread tinyml_spread_of(int32_t place, int32_t inputs, int32_t taps, int32_t stride)
{
    tinyml_spread spread;
    spread.place = place;
    spread.first = place < taps ? 0 : (place - taps) / stride + 1;
    spread.end = place / stride + 1;
    if (spread.end > inputs) {
        spread.end = inputs;
    }
    return spread;
}

/* For each place of an output of a transposed convolution, in order, the statements at the end, which may name the spreads of
   the inputs that reach it, `rows` and `columns`. p is the params; input is the batch's. */
#define TINYML_FOR_EACH_PLACE(p, input, rows, columns, ...)                                                        \
    {                                                                                                              \
        int32_t batch_, y_, x_;                                                                                    \
        for (batch_ = 0; batch_ < (p).batches; batch_++) {                                                         \
            for (y_ = 0; y_ < (p).output_height; y_++) {                                                           \
                const tinyml_spread rows =                                                                         \
                    tinyml_spread_of(y_ + (p).pad_height, (p).input_height, (p).filter_height, (p).stride_height); \
                for (x_ = 0; x_ < (p).output_width; x_++) {                                                        \
                    const tinyml_spread columns =                                                                  \
                        tinyml_spread_of(x_ + (p).pad_width, (p).input_width, (p).filter_width, (p).stride_width); \
                    __VA_ARGS__                                                                                    \
                }                                                                                                  \
            }                                                                                                      \
            (input) += (p).input_height * (p).input_width * (p).input_depth;                                       \
        }                                                                                                          \
    }

/* The same for each output element, which is of `channel`. */
#define TINYML_FOR_EACH_SPREAD(p, input, channel, rows, columns, ...)                                           \
    TINYML_FOR_EACH_PLACE(                                                                                      \
        p, input, rows, columns, int32_t channel; for (channel = 0; channel < (p).output_depth; channel++) {    \
            __VA_ARGS__                                                                                         \
        })

#endif
