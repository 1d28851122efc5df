#include "tinyml_core.h"

#include "tinyml_kernels.h"

/* An element that is no float. */
static int32_t tinyml_cast_integer(const int8_t *from, int8_t type)
{
    int32_t word;
    int16_t half;
    switch (type) {
    case TINYML_INT32:
        memcpy(&word, from, sizeof(word));
        return word;
    case TINYML_INT16:
        memcpy(&half, from, sizeof(half));
        return half;
    case TINYML_BOOL:
        return *from != 0;
    default: /* TINYML_INT8 */
        return *from;
    }
}

/* Towards 0; what int32 does not hold becomes its nearest, what is no number 0. */
static int32_t tinyml_cast_float(float value)
{
    if (value >= 2147483648.0f) {
        return INT32_MAX;
    }
    if (!(value > -2147483648.0f)) {
        return value < 0.0f ? INT32_MIN : 0;
    }
    return (int32_t)value;
}

static void tinyml_cast_one(const tinyml_cast_params *p, const int8_t *from, int8_t *to)
{
    float real;
    int32_t word;
    int16_t half;
    if (p->from == TINYML_FLOAT32) {
        memcpy(&real, from, sizeof(real));
        word = tinyml_cast_float(real);
    } else {
        word = tinyml_cast_integer(from, p->from);
        real = (float)word;
    }
    switch (p->to) {
    case TINYML_FLOAT32:
        memcpy(to, &real, sizeof(real));
        break;
    case TINYML_INT32:
        memcpy(to, &word, sizeof(word));
        break;
    case TINYML_INT16:
        half = (int16_t)word;
        memcpy(to, &half, sizeof(half));
        break;
    default: /* TINYML_INT8 */
        *to = (int8_t)word;
    }
}

void tinyml_cast(const tinyml_cast_params *params, const void *input, void *output)
{
    static const int8_t widths[] TINYML_FLASH = {1, 1, 2, 4, 4};
    tinyml_cast_params p;
    const int8_t *from = (const int8_t *)input;
    int8_t *to = (int8_t *)output;
    TINYML_READ_PARAMS(p, params);
    for (; p.size > 0; p.size--) {
        tinyml_cast_one(&p, from, to);
        from += tinyml_read_i8(widths + p.from);
        to += tinyml_read_i8(widths + p.to);
    }
}
