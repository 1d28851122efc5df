#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

static int32_t tinyml_integer_at(const void *values, int32_t i, int8_t type)
{
    switch (type) {
    case TINYML_INT8:
        return ((const int8_t *)values)[i];
    case TINYML_INT16:
        return ((const int16_t *)values)[i];
    default: /* TINYML_INT32 */
        return ((const int32_t *)values)[i];
    }
}

static void tinyml_saturate_to(void *values, int32_t i, int8_t type, int32_t value)
{
    switch (type) {
    case TINYML_INT8:
        ((int8_t *)values)[i] = (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
        break;
    case TINYML_INT16:
        ((int16_t *)values)[i] = (int16_t)(value < -32768 ? -32768 : value > 32767 ? 32767 : value);
        break;
    default: /* TINYML_INT32 */
        ((int32_t *)values)[i] = value;
    }
}

/* All is modulo 2^32, as in TFLM's compiled kernel. */
void tinyml_requantize_between(const tinyml_requantize_between_params *params, const void *input, void *output)
{
    tinyml_requantize_between_params p;
    int32_t i;
    TINYML_READ_PARAMS(p, params);
    for (i = 0; i < p.size; i++) {
        const uint32_t x = (uint32_t)tinyml_integer_at(input, i, p.from) + (uint32_t)p.input_offset;
        const uint32_t value = (uint32_t)tinyml_rescale_wrapped((int32_t)x, p.multiplier, p.shift) + (uint32_t)p.output_offset;
        tinyml_saturate_to(output, i, p.to, (int32_t)value);
    }
}
