#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_helium.h"
#include "tinyml_kernels.h"

void tinyml_requantize_s8(const tinyml_requantize_params *params, const int8_t *input, int8_t *output)
{
    tinyml_requantize_params p;
    int32_t i;
    TINYML_READ_PARAMS(p, params);
#if defined(TINYML_HELIUM)
    for (i = 0; i < p.size; i += 4) {
        const int32x4_t values = vaddq_n_s32(vldrbq_z_s32(input + i, vctp32q((uint32_t)(p.size - i))), p.input_offset);
        tinyml_store_4(output + i, tinyml_rescale_4(values, p.multiplier, p.shift, 1), p.output_offset, p.size - i);
    }
#else
    for (i = 0; i < p.size; i++) {
        const int32_t value = tinyml_rescale_wrapped((int32_t)input[i] + p.input_offset, p.multiplier, p.shift);
        output[i] = tinyml_output(value, p.output_offset, -128, 127);
    }
#endif
}
