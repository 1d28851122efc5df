#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

static const int8_t tinyml_cast_sizes[] TINYML_FLASH = {1, 2, 4, 4, 4, 1};

static int64_t tinyml_cast_integer(const void *address, int8_t type)
{
    int32_t value = 0;
    switch (type) {
    case TINYML_INT8:
        return *(const int8_t *)address;
    case TINYML_BOOL:
        return *(const int8_t *)address != 0;
    case TINYML_INT16: {
        int16_t half;
        memcpy(&half, address, sizeof(half));
        return half;
    }
    default:
        memcpy(&value, address, sizeof(value));
        return type == TINYML_UINT32 ? (int64_t)(uint32_t)value : value;
    }
}

/* The ends of a type: its numbers lie from -half to limit. */
static int64_t tinyml_cast_of_float(float value, int8_t type)
{
    const int64_t limit = type == TINYML_INT8    ? INT8_MAX
                          : type == TINYML_INT16 ? INT16_MAX
                          : type == TINYML_INT32 ? INT32_MAX
                                                 : (int64_t)UINT32_MAX;
    const int64_t least = type == TINYML_UINT32 ? 0 : -limit - 1;
    if (value != value) {
        return 0;
    }
    return value >= (float)limit ? limit : value <= (float)least ? least : (int64_t)value;
}

void tinyml_cast(const tinyml_cast_params *params, const void *input, void *output)
{
    TINYML_PARAMS(tinyml_cast_params, p, params);
    const int32_t from = tinyml_read_i8(tinyml_cast_sizes + p->from), to = tinyml_read_i8(tinyml_cast_sizes + p->to);
    const int8_t *source = (const int8_t *)input;
    int8_t *target = (int8_t *)output;
    int32_t i;
    for (i = 0; i < p->size; i++, source += from, target += to) {
        int64_t number;
        float real;
        uint32_t word;
        if (p->from == TINYML_FLOAT32) {
            memcpy(&real, source, sizeof(real));
            number = p->to == TINYML_FLOAT32 ? 0 : p->to == TINYML_BOOL ? real != 0.0f : tinyml_cast_of_float(real, p->to);
        } else {
            number = tinyml_cast_integer(source, p->from);
            real = (float)number;
        }
        word = p->to == TINYML_BOOL ? number != 0 : (uint32_t)number;
        if (p->to == TINYML_FLOAT32) {
            memcpy(target, &real, sizeof(real));
        } else if (to == 4) {
            memcpy(target, &word, sizeof(word));
        } else if (to == 2) {
            const uint16_t half = (uint16_t)word;
            memcpy(target, &half, sizeof(half));
        } else {
            *target = (int8_t)(uint8_t)word;
        }
    }
}
