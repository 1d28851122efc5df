/* The loops of tinyml_panel.h, which includes this, for Helium. A panel holds four columns as they are, one behind the other. */
#ifndef TINYML_PANEL_HELIUM_H
#define TINYML_PANEL_HELIUM_H

#include "tinyml_helium.h"

/* Lays out n values as column `c`; their sum with the offsets, which is what an offset of the rows' values adds of each. */
TINYML_OUTLINE uint32_t tinyml_panel_lay(int16_t *panel, int32_t c, const tinyml_vector *column, int32_t n)
{
    const int32_t step = 4 * column->step;
    const uint32x4_t offsets = tinyml_offsets((uint32_t)column->step);
    const mve_pred16_t some = vctp32q((uint32_t)n & 3);
    const int8_t *at = column->at;
    int8_t *to = (int8_t *)panel + c * n;
    int32_t sum = 0, left;
    int32x4_t values;
    for (left = n; left >= 4; left -= 4, at += step, to += 4) {
        values = vldrbq_gather_offset_s32(at, offsets);
        sum = vaddvaq_s32(sum, values);
        vstrbq_s32(to, values);
    }
    values = vldrbq_gather_offset_z_s32(at, offsets, some);
    vstrbq_p_s32(to, values, some);
    return (uint32_t)vaddvaq_s32(sum, values) + (uint32_t)n * (uint32_t)(int32_t)column->offset;
}

/* Outputs of all rows of x with a panel of y, 11 instructions for 64 products; `offsets` is what x's offset adds. */
TINYML_OUTLINE void tinyml_panel_rows(const tinyml_batch_matmul_params *p, const tinyml_matmul_scale *scale, const tinyml_side *x,
                                      const tinyml_side *y, const int16_t *panel, const uint32_t offsets[4], int8_t *out)
{
    const int32_t inner = p->inner, rest = ((inner - 1) & 15) + 1, whole = inner - rest, offset = y->first.offset;
    const uint32x4_t apart = tinyml_offsets((uint32_t)y->output_apart);
    const int32x4_t first = vdupq_n_s32(scale->quick[0]), second = vdupq_n_s32(scale->quick[1]);
    const int32x4_t begin = vldrwq_s32((const int32_t *)offsets);
    const mve_pred16_t some = vctp8q((uint32_t)rest);
    const int8_t *row = x->first.at;
    int32_t rows;
    for (rows = x->count; rows > 0; rows--, row += x->apart, out += x->output_apart) {
        const int8_t *at = row, *one = (const int8_t *)panel, *two = one + inner, *three = two + inner, *four = three + inner;
        int32_t a = 0, b = 0, c = 0, d = 0, all = 0, left;
        uint32_t sums[4];
        int8x16_t values;
        int32x4_t outputs;
        for (left = whole; left > 0; left -= 16, at += 16, one += 16, two += 16, three += 16, four += 16) {
            values = vldrbq_s8(at);
            all = vaddvaq_s8(all, values);
            a = vmladavaq_s8(a, values, vldrbq_s8(one));
            b = vmladavaq_s8(b, values, vldrbq_s8(two));
            c = vmladavaq_s8(c, values, vldrbq_s8(three));
            d = vmladavaq_s8(d, values, vldrbq_s8(four));
        }
        values = vldrbq_z_s8(at, some);
        all = vaddvaq_s8(all, values);
        sums[0] = (uint32_t)vmladavaq_s8(a, values, vldrbq_z_s8(one, some));
        sums[1] = (uint32_t)vmladavaq_s8(b, values, vldrbq_z_s8(two, some));
        sums[2] = (uint32_t)vmladavaq_s8(c, values, vldrbq_z_s8(three, some));
        sums[3] = (uint32_t)vmladavaq_s8(d, values, vldrbq_z_s8(four, some));
        outputs = vaddq_s32(vldrwq_s32((const int32_t *)sums), begin);
        outputs = vaddq_n_s32(outputs, (int32_t)((uint32_t)all * (uint32_t)offset));
        if (scale->is_quick) {
            vstrbq_scatter_offset_s32(out, apart, tinyml_outputs_4(outputs, first, second, p->output_offset));
        } else {
            vstrwq_s32((int32_t *)sums, outputs);
            tinyml_matmul_outputs(p, scale, sums, 4, out, y->output_apart);
        }
    }
}

#endif
