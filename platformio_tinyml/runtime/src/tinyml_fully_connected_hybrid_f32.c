#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

void tinyml_fully_connected_hybrid_f32(const tinyml_fully_connected_f32_params *params, const float *input, const int8_t *filter,
                                       const float *bias, const float *scale, float *output)
{
    tinyml_fully_connected_f32_params p;
    int32_t batch, channel, i;
    TINYML_READ_PARAMS(p, params);
    const float min = tinyml_float_of_bits(p.min_bits), max = tinyml_float_of_bits(p.max_bits);
    for (batch = 0; batch < p.batches; batch++, input += p.input_depth) {
        const int8_t *weight = filter;
        for (channel = 0; channel < p.output_depth; channel++) {
            const float step = tinyml_read_f32(scale + channel);
            float sum = 0.0f;
            for (i = 0; i < p.input_depth; i++) {
                sum += input[i] * ((float)tinyml_read_i8(weight++) * step);
            }
            sum += bias == NULL ? 0.0f : tinyml_read_f32(bias + channel);
            *output++ = tinyml_clamp_f32(sum, min, max);
        }
    }
}
