#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

void tinyml_fold_rows_s8(const tinyml_fold_rows_params *params, const int8_t *input, int8_t *output, int32_t row)
{
    int32_t *const sums = (int32_t *)(void *)output;
    int32_t channel, x;
    TINYML_PARAMS(tinyml_fold_rows_params, p, params);
    for (channel = 0; channel < p->depth; channel++) {
        const int8_t *in = input + channel;
        int32_t sum = row > 0 ? sums[channel] : p->kind == 0 ? p->input_offset : *in;
        for (x = p->width; x > 0; x--, in += p->depth) {
            const int32_t value = *in;
            if (p->kind == 0) {
                sum += value;
            } else if (p->kind > 0 ? value > sum : value < sum) {
                sum = value;
            }
        }
        sums[channel] = sum;
    }
    if (row + p->rows < p->height) {
        return;
    }
    /* An output lies before what is read later. */
    for (channel = 0; channel < p->depth; channel++) {
        int32_t value = sums[channel];
        if (p->count > 0) { /* to the nearest, halves away from zero */
            value = (value > 0 ? value + p->count / 2 : value - p->count / 2) / p->count;
        } else if (p->kind == 0) {
            value = tinyml_rescale(value, p->multiplier, p->shift);
        }
        output[channel] = tinyml_output(value, p->output_offset, p->activation_min, p->activation_max);
    }
}
