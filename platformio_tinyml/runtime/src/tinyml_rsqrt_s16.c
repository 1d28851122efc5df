#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_reciprocal.h"
#include "tinyml_saturate_16.h"

void tinyml_rsqrt_s16(const tinyml_rsqrt_s16_params *params, const int16_t *input, int16_t *output)
{
    tinyml_rsqrt_s16_params p;
    TINYML_READ_PARAMS(p, params);
    for (; p.size > 0; p.size--) {
        const int16_t x = *input++;
        int32_t multiplier, shift, value = INT16_MAX;
        if (x > 0) {
            tinyml_inverse_sqrt(x, &multiplier, &shift);
            value = tinyml_rescale(tinyml_rescale(1, multiplier, shift + 20), p.multiplier, p.shift);
        }
        *output++ = tinyml_saturate_16(value);
    }
}
