#include "tinyml_core.h"

#include "tinyml_channels_s16.h"
#include "tinyml_kernels.h"

TINYML_SMALL
void tinyml_fully_connected_s16(const tinyml_fully_connected_s16_params *params, const int16_t *input, const int8_t *filter,
                                const int32_t *bias, const int32_t *scale, int16_t *output)
{
    TINYML_PARAMS(tinyml_fully_connected_s16_params, p, params);
    const tinyml_outputs_s16 outputs = TINYML_OUTPUTS_S16(*p, bias, scale);
    int32_t batch;
    for (batch = p->batches; batch > 0; batch--, input += p->input_depth, output += p->output_depth) {
        const tinyml_row_s16 row = tinyml_row_of(input, p->input_depth);
        tinyml_channels_s16(&row, filter, &outputs, 0, p->output_depth, output);
    }
}
