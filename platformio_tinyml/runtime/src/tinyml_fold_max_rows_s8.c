#include "tinyml_core.h"

#include "tinyml_extreme.h"
#include "tinyml_kernels.h"
#include "tinyml_requantize.h"

TINYML_OUTLINE void tinyml_fold_largest(const int8_t *input, int8_t *output, int32_t depth)
{
    tinyml_extreme_run(output, input, output, depth, 1);
}

TINYML_SMALL
void tinyml_fold_max_rows_s8(const tinyml_fold_max_rows_params *params, const int8_t *input, int8_t *output, int32_t row)
{
    int32_t left;
    TINYML_PARAMS(tinyml_fold_max_rows_params, p, params);
    if (row == 0) {
        tinyml_fill_bytes(output, -128, p->depth);
    }
    for (left = p->width; left > 0; left--, input += p->depth) {
        tinyml_fold_largest(input, output, p->depth);
    }
    if (row + p->rows >= p->height) {
        const tinyml_outputs outputs = {0, p->activation_min, p->activation_max, 1};
        tinyml_clamp(output, p->depth, &outputs);
    }
}
