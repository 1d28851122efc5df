#include "tinyml_kernels.h"
#include "tinyml_broadcast.h"
#include "tinyml_requantize.h"

/* n outputs where the scale is quick, before the activation. */
TINYML_OUTLINE void tinyml_mul_run(const tinyml_mul_params *p, const int8_t *in1, const int8_t *in2, int8_t *output, int32_t n)
{
    const int32_t offset1 = p->input1_offset, offset2 = p->input2_offset, offset = p->output_offset;
    const int32_t first = (int32_t)((uint32_t)p->multiplier * 2);
    const int32_t second = (int32_t)(UINT32_C(1) << (32 + p->shift));
#if defined(TINYML_HELIUM)
    const int32x4_t one = vdupq_n_s32(first), two = vdupq_n_s32(second);
    for (; n >= 4; n -= 4, in1 += 4, in2 += 4, output += 4) {
        const int32x4_t x = vaddq_n_s32(vldrbq_s32(in1), offset1), y = vaddq_n_s32(vldrbq_s32(in2), offset2);
        vstrbq_s32(output, tinyml_outputs_4(vmulq_s32(x, y), one, two, offset));
    }
    if (n > 0) {
        const mve_pred16_t some = vctp32q((uint32_t)n);
        const int32x4_t x = vaddq_n_s32(vldrbq_z_s32(in1, some), offset1), y = vaddq_n_s32(vldrbq_z_s32(in2, some), offset2);
        vstrbq_p_s32(output, tinyml_outputs_4(vmulq_s32(x, y), one, two, offset), some);
    }
#else
    const int8_t *const end = in1 + n;
    while (in1 != end) {
        const int32_t product = (*in1++ + offset1) * (*in2++ + offset2);
        const int32_t value = tinyml_quick(product, first, second, offset);
#if defined(TINYML_DSP)
        *output++ = (int8_t)tinyml_saturate_8(value);
#else
        *output++ = (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
#endif
    }
#endif
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
