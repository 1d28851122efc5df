#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_requantize.h"
#include "tinyml_rows.h"

/* One of two matrices: its rows (of input1) or columns (of input2), of which `count` begin `apart` bytes from each other, and
   how far apart what they give lies in the output. */
typedef struct {
    tinyml_row row;
    int32_t apart;
    int32_t count;
    int32_t output_apart;
} tinyml_side;

/* Of one row of x with four of y, the first of them the one at `first`; where y has fewer, the last again. */
TINYML_OUTLINE void tinyml_matmul_four(uint32_t *sum, const tinyml_row *x, const tinyml_side *y, int32_t first, int32_t inner)
{
    const int8_t *at[4];
    int32_t i;
    at[0] = y->row.at + first * y->apart;
    for (i = 1; i < 4; i++) {
        at[i] = at[i - 1] + (i < y->count ? y->apart : 0);
    }
    sum[0] = sum[1] = sum[2] = sum[3] = 0;
#if defined(TINYML_DSP)
    if (x->step == 1 && (y->row.step == 1 || (y->apart == 1 && y->count > 3))) {
        const int32_t whole = inner & ~INT32_C(3);
        tinyml_row rest = *x;
        if (y->row.step == 1) {
            tinyml_add_rows_by_words(sum, x, &y->row, at, whole);
        } else {
            tinyml_add_columns_by_words(sum, x, &y->row, at[0], whole);
        }
        if (whole == inner) {
            return;
        }
        for (i = 0; i < 4; i++) {
            at[i] += whole * y->row.step;
        }
        rest.at += whole;
        tinyml_add_rows(sum, &rest, &y->row, at, inner - whole);
        return;
    }
#endif
    tinyml_add_rows(sum, x, &y->row, at, inner);
}

TINYML_OUTLINE TINYML_SMALL int8_t tinyml_matmul_output(const tinyml_batch_matmul_params *p, int32_t sum)
{
    return tinyml_output(tinyml_rescale(sum, p->multiplier, p->shift), p->output_offset, -128, 127);
}

/* All outputs of a pair of matrices, four of y's to each of x. */
static void tinyml_matmul_pair(const tinyml_batch_matmul_params *p, const tinyml_side *left, const tinyml_side *y, int8_t *output)
{
    /* As a quick scale of tinyml_requantize.h, where it is one. */
    const int32_t is_quick = p->multiplier != 0 && p->shift <= -2;
    const int32_t quick[2] = {(int32_t)((uint32_t)p->multiplier * 2), is_quick ? (int32_t)(UINT32_C(1) << (32 + p->shift)) : 0};
    tinyml_row x = left->row;
    int32_t row, first, i;
    for (row = 0; row < left->count; row++, x.at += left->apart, output += left->output_apart) {
        for (first = 0; first < y->count; first += 4) {
            const int32_t begin = y->count < 4 || first + 4 <= y->count ? first : y->count - 4;
            const int32_t count = y->count < 4 ? y->count : 4;
            int8_t *out = output + begin * y->output_apart;
            uint32_t sum[4];
            tinyml_matmul_four(sum, &x, y, begin, p->inner);
            for (i = 0; i < count; i++, out += y->output_apart) {
                *out = is_quick ? tinyml_saturated(tinyml_quick((int32_t)sum[i], quick[0], quick[1], p->output_offset))
                                : tinyml_matmul_output(p, (int32_t)sum[i]);
            }
        }
    }
}

TINYML_SMALL
void tinyml_batch_matmul_s8(const tinyml_batch_matmul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_batch_matmul_params p;
    int32_t i0, i1, i2;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++, output += p.rows * p.columns) {
                const int8_t *one = input1 + (i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2);
                const int8_t *two = input2 + (i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2);
                const tinyml_side left = {{one, p.left_step, p.input1_offset, p.input1_in_flash}, p.row_step, p.rows, p.columns};
                const tinyml_side right = {{two, p.right_step, p.input2_offset, p.input2_in_flash}, p.column_step, p.columns, 1};
                /* Four of the side that has them. */
                if (p.columns < 4 && p.rows > p.columns) {
                    tinyml_matmul_pair(&p, &right, &left, output);
                } else {
                    tinyml_matmul_pair(&p, &left, &right, output);
                }
            }
        }
    }
}
