#include "tinyml_depthwise.h"
#include "tinyml_packed.h"

/* The whole filter is unpacked first, in front of the taps. */
TINYML_SMALL
void tinyml_depthwise_multiplied_s4(const tinyml_depthwise_conv_2d_params *params, const int8_t *input, const int8_t *filter,
                                 const int32_t *bias, const int32_t *scale, int8_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_depthwise_conv_2d_params, p, params);
    int8_t *const unpacked = (int8_t *)scratch;
    const int32_t weights = (int32_t)p->filter_height * p->filter_width * p->input_depth * p->depth_multiplier;
    const int32_t words = 2 * ((weights + 7) / 8);
    tinyml_unpack(filter, unpacked, words);
    tinyml_depthwise_pairs(p, input, unpacked, bias, scale, output, (tinyml_tap *)(void *)(unpacked + 4 * words), p->depth_multiplier, NULL,
                           tinyml_depthwise_channels_s4);
}
