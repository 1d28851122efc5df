#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

/* A sum of so many values fits 16 bits. */
enum { TINYML_FOLD_MOST = 256 };

#if defined(TINYML_HELIUM)

/* Adds to the sums of eight channels, fewer where no more are left; of how many. */
TINYML_OUTLINE int32_t tinyml_fold_some(const int8_t *input, int32_t elements, int32_t depth, int32_t left, int32_t *sums)
{
    const int32_t channels = left < 8 ? left : 8;
    const mve_pred16_t some = vctp16q((uint32_t)channels);
    const mve_pred16_t evens = vctp32q((uint32_t)(channels + 1) / 2), odds = vctp32q((uint32_t)channels / 2);
    const uint32x4_t others = vidupq_n_u32(0, 8);
    int16x8_t all = vdupq_n_s16(0);
    for (; elements > 0; elements--, input += depth) {
        all = vaddq_s16(all, vldrbq_z_s16(input, some));
    }
    vstrwq_scatter_offset_p_s32(sums, others, vaddq_s32(vldrwq_gather_offset_z_s32(sums, others, evens), vmovlbq_s16(all)), evens);
    sums++;
    vstrwq_scatter_offset_p_s32(sums, others, vaddq_s32(vldrwq_gather_offset_z_s32(sums, others, odds), vmovltq_s16(all)), odds);
    return channels;
}

#else

/* Adds to the sums of four channels. */
TINYML_INLINE void tinyml_fold_four(const int8_t *input, int32_t elements, int32_t depth, int32_t *sums)
{
#if defined(TINYML_DSP)
    uint32_t even = 0, odd = 0, word;
    if (elements & 1) {
        word = tinyml_load4(input);
        even = tinyml_even(word);
        odd = tinyml_odd(word);
        input += depth;
    }
    for (elements >>= 1; elements > 0; elements--) {
        word = tinyml_load4(input);
        even = tinyml_even_plus(even, word);
        odd = tinyml_odd_plus(odd, word);
        word = tinyml_load4(input + depth);
        even = tinyml_even_plus(even, word);
        odd = tinyml_odd_plus(odd, word);
        input += 2 * depth;
    }
    sums[0] += (int16_t)even;
    sums[1] += (int16_t)odd;
    sums[2] += (int16_t)(even >> 16);
    sums[3] += (int16_t)(odd >> 16);
#else
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    for (; elements > 0; elements--, input += depth) {
        a += input[0];
        b += input[1];
        c += input[2];
        d += input[3];
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
#endif
}

/* Adds to the sums of four channels, of one where no four are left; of how many. */
TINYML_OUTLINE int32_t tinyml_fold_some(const int8_t *input, int32_t elements, int32_t depth, int32_t left, int32_t *sums)
{
    if (left > 3) {
        tinyml_fold_four(input, elements, depth, sums);
        return 4;
    }
    for (; elements > 0; elements--, input += depth) {
        *sums += *input;
    }
    return 1;
}

#endif

TINYML_SMALL
void tinyml_fold_rows_s8(const tinyml_fold_rows_params *params, const int8_t *input, int8_t *output, int32_t row)
{
    int32_t *const sums = (int32_t *)(void *)output;
    int32_t channel, left, elements;
    TINYML_PARAMS(tinyml_fold_rows_params, p, params);
    const int32_t depth = p->depth;
    if (row == 0) {
        for (channel = 0; channel < depth; channel++) {
            sums[channel] = p->input_offset;
        }
    }
    for (left = p->width; left > 0; left -= elements) {
        elements = left < TINYML_FOLD_MOST ? left : (int32_t)TINYML_FOLD_MOST;
        for (channel = 0; channel < depth;) {
            channel += tinyml_fold_some(input + channel, elements, depth, depth - channel, sums + channel);
        }
        input += elements * depth;
    }
    if (row + p->rows < p->height) {
        return;
    }
    /* An output lies before what is read later. */
    for (channel = 0; channel < depth; channel++) {
        int32_t value = sums[channel];
        if (p->count > 0) { /* to the nearest, halves away from zero */
            value = (value > 0 ? value + p->count / 2 : value - p->count / 2) / p->count;
        } else {
            value = tinyml_rescale(value, p->multiplier, p->shift);
        }
        output[channel] = tinyml_output(value, p->output_offset, p->activation_min, p->activation_max);
    }
}
