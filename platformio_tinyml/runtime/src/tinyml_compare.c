#include "tinyml_core.h"

#include "tinyml_compare.h"
#include "tinyml_float.h"
#include "tinyml_kernels.h"
#include "tinyml_words.h"

static int8_t tinyml_compare_bool(const tinyml_compare_params *p, const void *input1, int32_t one, const void *input2, int32_t two)
{
    const int8_t *at1 = (const int8_t *)input1 + one, *at2 = (const int8_t *)input2 + two;
    const int8_t x = (p->input1_in_flash ? tinyml_read_i8(at1) : *at1) != 0;
    const int8_t y = (p->input2_in_flash ? tinyml_read_i8(at2) : *at2) != 0;
    switch (p->kind) {
    case TINYML_LOGICAL_AND:
        return x && y;
    case TINYML_LOGICAL_OR:
        return x || y;
    default:
        return tinyml_holds(p->kind, x < y, x == y);
    }
}

static int8_t tinyml_compare_one(const tinyml_compare_params *p, const void *input1, int32_t one, const void *input2, int32_t two)
{
    int32_t x, y;
    if (p->type == TINYML_BOOL) {
        return tinyml_compare_bool(p, input1, one, input2, two);
    }
    if (p->type == TINYML_INT64) {
        const int64_t a = tinyml_long(input1, one, p->input1_in_flash);
        const int64_t b = tinyml_long(input2, two, p->input2_in_flash);
        return tinyml_holds(p->kind, a < b, a == b);
    }
    x = tinyml_word(input1, one, p->input1_in_flash);
    y = tinyml_word(input2, two, p->input2_in_flash);
    if (p->type == TINYML_INT32) {
        return tinyml_holds(p->kind, x < y, x == y);
    } else {
        const float a = tinyml_float_of_bits(x), b = tinyml_float_of_bits(y);
        if (a != a || b != b) { /* no number: nothing holds but that they are not equal */
            return p->kind == TINYML_NOT_EQUAL;
        }
        return tinyml_holds(p->kind, a < b, a == b);
    }
}

void tinyml_compare(const tinyml_compare_params *params, const void *input1, const void *input2, void *output)
{
    tinyml_compare_params p;
    int8_t *to = (int8_t *)output;
    int32_t i0, i1, i2, i3;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++) {
                int32_t one = i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2;
                int32_t two = i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2;
                for (i3 = p.size_3; i3 > 0; i3--, one += p.input1_step_3, two += p.input2_step_3) {
                    *to++ = tinyml_compare_one(&p, input1, one, input2, two);
                }
            }
        }
    }
}
