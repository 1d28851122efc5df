#include "tinyml_fixed_point.h"
#include "tinyml_pool.h"

/* Of so many channels, 4 or 1, what the rows that `window` has make: their sums, or the largest values. */
TINYML_OUTLINE void tinyml_fold_some(const tinyml_pool_window *window, int8_t is_max, int32_t channels, int32_t *results)
{
    if (channels < 4) {
        results[0] = tinyml_pool_one(window, is_max, 1);
    } else if (is_max) {
        tinyml_pool_four(window, 4, 1, 1, results);
    } else {
        tinyml_pool_four(window, 4, 0, 1, results);
    }
}

TINYML_SMALL
void tinyml_fold_rows_s8(const tinyml_fold_rows_params *params, const int8_t *input, int8_t *output, int32_t row)
{
    int32_t *sums = (int32_t *)(void *)output;
    int32_t left, count, k, results[4];
    tinyml_pool_window window;
    TINYML_PARAMS(tinyml_fold_rows_params, p, params);
    window.values = input;
    window.rows = 1;
    window.columns = p->width;
    window.pitch = 0;
    window.depth = p->depth;
    for (left = p->depth; left > 0; left -= count) {
        count = left < 4 ? 1 : 4;
        tinyml_fold_some(&window, p->is_max, count, results);
        window.values += count;
        for (k = 0; k < count; k++, sums++) {
            const int32_t before = row > 0 ? *sums : p->is_max ? -128 : p->input_offset;
            *sums = !p->is_max ? before + results[k] : results[k] > before ? results[k] : before;
        }
    }
    if (row + p->rows < p->height) {
        return;
    }
    /* An output lies before what is read later. */
    sums = (int32_t *)(void *)output;
    for (left = p->depth; left > 0; left--) {
        int32_t value = *sums++;
        if (p->count > 0) { /* to the nearest, halves away from zero */
            value = (value > 0 ? value + p->count / 2 : value - p->count / 2) / p->count;
        } else if (!p->is_max) {
            value = tinyml_rescale(value, p->multiplier, p->shift);
        }
        *output++ = tinyml_output(value, p->output_offset, p->activation_min, p->activation_max);
    }
}
