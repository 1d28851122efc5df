#include "tinyml_core.h"

#include <stddef.h>

#include "tinyml_dot.h"
#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

void tinyml_fully_connected_s8(const tinyml_fully_connected_params *params, const int8_t *input, const int8_t *filter,
                               const int32_t *bias, const int32_t *multiplier, const int8_t *shift, int8_t *output)
{
    tinyml_fully_connected_params p;
    int32_t batch;
    int32_t channel;
    TINYML_READ_PARAMS(p, params);
    for (batch = 0; batch < p.batches; batch++) {
        for (channel = 0; channel < p.output_depth; channel++) {
            const int32_t scale = p.per_channel ? channel : 0;
            int32_t sum = bias == NULL ? 0 : tinyml_read_i32(bias + channel);
            sum += tinyml_dot(input, p.input_offset, filter + channel * p.input_depth, p.input_depth);
            sum = tinyml_rescale(sum, tinyml_read_i32(multiplier + scale), tinyml_read_i8(shift + scale));
            output[channel] = tinyml_output(sum, p.output_offset, p.activation_min, p.activation_max);
        }
        input += p.input_depth;
        output += p.output_depth;
    }
}
