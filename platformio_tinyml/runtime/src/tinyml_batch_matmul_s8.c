#include "tinyml_matmul.h"

/* All outputs of a pair of matrices: four of y's to each of x, of fewer the last again. */
TINYML_OUTLINE void tinyml_matmul_plain(const tinyml_batch_matmul_params *p, const tinyml_matmul_scale *scale, const tinyml_side *x,
                                        const tinyml_side *y, int8_t *output, void *scratch TINYML_UNUSED)
{
    const int32_t x_step = x->first.step, y_step = y->first.step, x_offset = x->first.offset, y_offset = y->first.offset;
    const int8_t in_x_flash = x->first.in_flash, in_y_flash = y->first.in_flash;
    int32_t row, first, n;
    for (row = 0; row < x->count; row++) {
        const int8_t *const begin = x->first.at + row * x->apart, *value = begin;
        uint32_t total = 0;
        for (n = p->inner; n > 0; n--, value += x_step) {
            total += (uint32_t)(tinyml_read_either(value, in_x_flash) + x_offset);
        }
        total *= (uint32_t)y_offset;
        for (first = 0; first < y->count; first += 4) {
            const int32_t count = y->count - first < 4 ? y->count - first : 4;
            const int32_t b = count > 1 ? y->apart : 0, c = count > 2 ? b + b : b, d = count > 3 ? c + b : c;
            const int8_t *a = y->first.at + first * y->apart;
            uint32_t sum0 = total, sum1 = total, sum2 = total, sum3 = total, sums[4];
            for (value = begin, n = p->inner; n > 0; n--, value += x_step, a += y_step) {
                const int32_t factor = tinyml_read_either(value, in_x_flash) + x_offset;
                sum0 += (uint32_t)(factor * tinyml_read_either(a, in_y_flash));
                sum1 += (uint32_t)(factor * tinyml_read_either(a + b, in_y_flash));
                sum2 += (uint32_t)(factor * tinyml_read_either(a + c, in_y_flash));
                sum3 += (uint32_t)(factor * tinyml_read_either(a + d, in_y_flash));
            }
            sums[0] = sum0;
            sums[1] = sum1;
            sums[2] = sum2;
            sums[3] = sum3;
            tinyml_matmul_outputs(p, scale, sums, count, output + row * x->output_apart + first * y->output_apart, y->output_apart);
        }
    }
}

TINYML_SMALL
void tinyml_batch_matmul_s8(const tinyml_batch_matmul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    TINYML_PARAMS(tinyml_batch_matmul_params, p, params);
    /* Four of the side that has them. */
    tinyml_matmul(p, input1, input2, output, (int8_t)(p->columns < 4 && p->rows > p->columns), NULL, tinyml_matmul_plain);
}
