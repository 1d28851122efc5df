#include "tinyml_kernels.h"
#include "tinyml_broadcast.h"
#include "tinyml_requantize.h"

/* n outputs where the scale is quick, before the activation. */
TINYML_OUTLINE void tinyml_mul_run(const tinyml_mul_params *p, const int8_t *in1, const int8_t *in2, int8_t *output, int32_t n)
{
    const int8_t *const end = in1 + n;
    const int32_t offset1 = p->input1_offset, offset2 = p->input2_offset, offset = p->output_offset;
    const int32_t first = (int32_t)((uint32_t)p->multiplier * 2);
    const int32_t second = (int32_t)(UINT32_C(1) << (32 + p->shift));
    while (in1 != end) {
        const int32_t product = (*in1++ + offset1) * (*in2++ + offset2);
        const int32_t value = tinyml_quick(product, first, second, offset);
#if defined(TINYML_DSP)
        *output++ = (int8_t)tinyml_saturate_8(value);
#else
        *output++ = (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
#endif
    }
}

TINYML_OUTLINE TINYML_SMALL int8_t tinyml_mul_one(const tinyml_mul_params *p, int32_t x, int32_t y)
{
    const int32_t product = (x + p->input1_offset) * (y + p->input2_offset);
    const int32_t value = tinyml_rescale(product, p->multiplier, p->shift);
    return tinyml_output(value, p->output_offset, p->activation_min, p->activation_max);
}

TINYML_SMALL
void tinyml_mul_s8(const tinyml_mul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    TINYML_PARAMS(tinyml_mul_params, p, params);
    const tinyml_outputs outputs = {p->output_offset, (int8_t)p->activation_min, (int8_t)p->activation_max, 1};
    const int8_t is_run = (int8_t)(TINYML_IS_RUN(p) && p->multiplier != 0 && p->shift <= -2);
    TINYML_BROADCAST_RUNS(p, input1, input2, output, is_run, tinyml_mul_run(p, one, two, output, count), &outputs, x, y,
                          tinyml_mul_one(p, x, y))
}
