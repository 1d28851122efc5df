#include "tinyml_core.h"

#include "tinyml_float.h"
#include "tinyml_kernels.h"

void tinyml_svdf_f32(const tinyml_svdf_f32_params *params, const float *input, const float *feature, const float *time,
                     const float *bias, float *state, float *output)
{
    TINYML_PARAMS(tinyml_svdf_f32_params, p, params);
    const float min = tinyml_float_of_bits(p->min_bits), max = tinyml_float_of_bits(p->max_bits);
    int32_t batch, unit, rank, i;
    for (batch = 0; batch < p->batches; batch++, input += p->input_depth) {
        const float *features = feature, *weight = time;
        for (unit = 0; unit < p->units; unit++) {
            float sum = tinyml_read_f32(bias + unit);
            for (rank = 0; rank < p->rank; rank++, state += p->memory) {
                float product = 0.0f, row = 0.0f;
                for (i = 0; i < p->input_depth; i++) {
                    product += tinyml_read_f32(features++) * input[i];
                }
                for (i = 0; i + 1 < p->memory; i++) {
                    state[i] = state[i + 1];
                    row += tinyml_read_f32(weight++) * state[i];
                }
                state[i] = product;
                row += tinyml_read_f32(weight++) * product;
                sum += row;
            }
            *output++ = tinyml_clamp_f32(sum, min, max);
        }
    }
}
