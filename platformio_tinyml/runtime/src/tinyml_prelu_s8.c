#include "tinyml_core.h"

#include "tinyml_broadcast.h"
#include "tinyml_fixed_point.h"
#include "tinyml_helium.h"
#include "tinyml_kernels.h"

static inline int8_t tinyml_prelu_one(const tinyml_prelu_params *p, int32_t x, int32_t alpha)
{
    const int32_t input = x + p->input1_offset;
    int32_t value;
    if (input >= 0) {
        value = tinyml_rescale(input, p->multiplier, p->shift);
    } else {
        value = tinyml_rescale(input * (alpha + p->input2_offset), p->alpha_multiplier, p->alpha_shift);
    }
    return tinyml_output(value, p->output_offset, -128, 127);
}

#if defined(TINYML_HELIUM)

/* n outputs; alpha goes on by one, or stands still. */
TINYML_INLINE void tinyml_prelu_run(const tinyml_prelu_params *p, const int8_t *input, const int8_t *alphas, int8_t *output, int32_t n)
{
    for (; n > 0; n -= 4, input += 4, output += 4, alphas += 4 * p->input2_step_3) {
        const mve_pred16_t some = vctp32q((uint32_t)n);
        const int32x4_t x = vaddq_n_s32(vldrbq_z_s32(input, some), p->input1_offset);
        const int32x4_t alpha = p->input2_step_3 == 0 ? vdupq_n_s32(*alphas) : vldrbq_z_s32(alphas, some);
        const int32x4_t product = vmulq_s32(x, vaddq_n_s32(alpha, p->input2_offset));
        const int32x4_t above = tinyml_rescale_4(x, p->multiplier, p->shift, 0);
        const int32x4_t below = tinyml_rescale_4(product, p->alpha_multiplier, p->alpha_shift, 0);
        tinyml_store_4(output, vpselq_s32(above, below, vcmpgeq_n_s32(x, 0)), p->output_offset, n);
    }
}

#endif

void tinyml_prelu_s8(const tinyml_prelu_params *params, const int8_t *input1, const int8_t *input2, int8_t *output)
{
    tinyml_prelu_params p;
    TINYML_READ_PARAMS(p, params);
#if defined(TINYML_HELIUM)
    if (p.input1_step_3 == 1 && (p.input2_step_3 | 1) == 1) {
        int32_t i0, i1, i2;
        for (i0 = 0; i0 < p.size_0; i0++) {
            for (i1 = 0; i1 < p.size_1; i1++) {
                for (i2 = 0; i2 < p.size_2; i2++, output += p.size_3) {
                    tinyml_prelu_run(&p, input1 + i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2,
                                     input2 + i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2, output,
                                     p.size_3);
                }
            }
        }
        return;
    }
#endif
    TINYML_BROADCAST(p, input1, input2, output, x, y, tinyml_prelu_one(&p, x, y))
}
