#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

void tinyml_slopes_s16(const tinyml_slopes_s16_params *params, const int16_t *input, int16_t *output)
{
    tinyml_slopes_s16_params p;
    TINYML_READ_PARAMS(p, params);
    for (; p.size > 0; p.size--) {
        const int32_t x = *input++;
        const int32_t value = x < 0 ? tinyml_rescale(p.folds ? -x : x, p.negative_multiplier, p.negative_shift)
                                    : tinyml_rescale(x, p.multiplier, p.shift);
        *output++ = (int16_t)(value < p.min ? p.min : value > p.max ? p.max : value);
    }
}
