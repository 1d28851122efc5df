#include "tinyml_core.h"

#include "tinyml_helium.h"
#include "tinyml_reduce.h"

#if defined(TINYML_HELIUM)

/* Four elements that lie side by side, as many as there are of these. */
TINYML_OUTLINE void tinyml_reduce_4(const tinyml_reduce_params *p, const int8_t *input, int8_t *output, int32_t n)
{
    const mve_pred16_t some = vctp32q((uint32_t)n);
    int32x4_t result = p->kind == 0 ? vdupq_n_s32(0) : vldrbq_z_s32(input, some);
    int32_t i0, i1, i2;
    for (i0 = 0; i0 < p->reduced_0; i0++) {
        for (i1 = 0; i1 < p->reduced_1; i1++) {
            const int8_t *in = input + i0 * p->reduced_step_0 + i1 * p->reduced_step_1;
            for (i2 = p->reduced_2; i2 > 0; i2--, in += p->reduced_step_2) {
                const int32x4_t values = vldrbq_z_s32(in, some);
                result = p->kind == 0  ? vaddq_s32(result, values)
                         : p->kind > 0 ? vmaxq_s32(result, values)
                                       : vminq_s32(result, values);
            }
        }
    }
    if (p->kind == 0) {
        result = tinyml_rescale_4(vaddq_n_s32(result, p->input_offset), p->multiplier, p->shift, 0);
    }
    tinyml_store_4(output, result, p->kind == 0 ? p->output_offset : 0, n);
}

/* As tinyml_reduce_one, where the last dimension that is reduced lies in one piece. */
TINYML_OUTLINE int32_t tinyml_reduce_rows(const tinyml_reduce_params *p, const int8_t *input)
{
    int32_t result = p->kind == 0 ? 0 : *input;
    int32_t i0, i1, i2;
    for (i0 = 0; i0 < p->reduced_0; i0++) {
        for (i1 = 0; i1 < p->reduced_1; i1++) {
            const int8_t *in = input + i0 * p->reduced_step_0 + i1 * p->reduced_step_1;
            for (i2 = p->reduced_2; i2 > 0; i2 -= 16, in += 16) {
                const mve_pred16_t some = vctp8q((uint32_t)i2);
                const int8x16_t values = vldrbq_z_s8(in, some);
                result = p->kind == 0  ? vaddvaq_s8(result, values)
                         : p->kind > 0 ? vmaxvq_p_s8((int8_t)result, values, some)
                                       : vminvq_p_s8((int8_t)result, values, some);
            }
        }
    }
    return result;
}

#endif

void tinyml_reduce_s8(const tinyml_reduce_params *params, const int8_t *input, int8_t *output)
{
    tinyml_reduce_params p;
    int32_t i0, i1, i2;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.kept_0; i0++) {
        for (i1 = 0; i1 < p.kept_1; i1++) {
#if defined(TINYML_HELIUM)
            if (p.kept_step_2 == 1 && p.kept_2 > 1) {
                for (i2 = 0; i2 < p.kept_2; i2 += 4) {
                    const int8_t *from = input + i0 * p.kept_step_0 + i1 * p.kept_step_1 + i2;
                    tinyml_reduce_4(&p, from, output + i2, p.kept_2 - i2);
                }
                output += p.kept_2;
                continue;
            }
#endif
            for (i2 = 0; i2 < p.kept_2; i2++) {
                const int8_t *from = input + i0 * p.kept_step_0 + i1 * p.kept_step_1 + i2 * p.kept_step_2;
#if defined(TINYML_HELIUM)
                const int32_t value = p.reduced_step_2 == 1 ? tinyml_reduce_rows(&p, from) : tinyml_reduce_one(&p, from, 1);
#else
                const int32_t value = tinyml_reduce_one(&p, from, 1);
#endif
                *output++ = (int8_t)tinyml_reduce_output(&p, value, -128, 127);
            }
        }
    }
}
