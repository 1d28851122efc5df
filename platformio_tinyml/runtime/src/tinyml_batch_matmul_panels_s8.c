#include "tinyml_matmul.h"
#include "tinyml_panel.h"

/* All outputs of a pair of matrices: each four of y's, at least four, are laid out once for all of x, whose values are side by side. */
TINYML_OUTLINE void tinyml_matmul_panels(const tinyml_batch_matmul_params *p, const tinyml_matmul_scale *scale, const tinyml_side *x,
                                         const tinyml_side *y, int8_t *output, void *scratch)
{
    int16_t *const panel = (int16_t *)scratch;
    const int32_t offset = x->first.offset;
    int32_t first, i;
    for (first = 0; first < y->count; first += 4) {
        const int32_t begin = first + 4 <= y->count ? first : y->count - 4;
        tinyml_vector vector = y->first;
        uint32_t offsets[4];
        vector.at += begin * y->apart;
        for (i = 0; i < 4; i++, vector.at += y->apart) {
            offsets[i] = tinyml_panel_lay(panel, i, &vector, p->inner) * (uint32_t)offset;
        }
        tinyml_panel_rows(p, scale, x, y, panel, offsets, output + begin * y->output_apart);
    }
}

TINYML_SMALL
void tinyml_batch_matmul_panels_s8(const tinyml_batch_matmul_params *params, const int8_t *input1, const int8_t *input2,
                                   int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_batch_matmul_params, p, params);
    tinyml_matmul(p, input1, input2, output, (int8_t)(p->panel == 1), scratch, tinyml_matmul_panels);
}
