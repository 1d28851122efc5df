#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

void tinyml_reduce_f32(const tinyml_reduce_f32_params *params, const float *input, float *output)
{
    tinyml_reduce_f32_params p;
    int32_t k0, k1, k2, i0, i1, i2;
    TINYML_READ_PARAMS(p, params);
    const float start = tinyml_float_of_bits(p.kind == 0 ? 0 : p.kind > 0 ? (int32_t)0xff7fffff : 0x7f7fffff);
    for (k0 = 0; k0 < p.kept_0; k0++) {
        for (k1 = 0; k1 < p.kept_1; k1++) {
            for (k2 = 0; k2 < p.kept_2; k2++) {
                const float *from = input + k0 * p.kept_step_0 + k1 * p.kept_step_1 + k2 * p.kept_step_2;
                float result = start;
                for (i0 = 0; i0 < p.reduced_0; i0++) {
                    for (i1 = 0; i1 < p.reduced_1; i1++) {
                        const float *in = from + i0 * p.reduced_step_0 + i1 * p.reduced_step_1;
                        for (i2 = p.reduced_2; i2 > 0; i2--, in += p.reduced_step_2) {
                            if (p.kind == 0) {
                                result += *in;
                            } else if (p.kind > 0 ? *in > result : *in < result) {
                                result = *in;
                            }
                        }
                    }
                }
                *output++ = p.count > 1 ? result / (float)p.count : result;
            }
        }
    }
}
