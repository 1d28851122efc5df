#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_words.h"

void tinyml_binary_s64(const tinyml_binary_s32_params *params, const int64_t *input1, const int64_t *input2,
                       int64_t *output)
{
    TINYML_PARAMS(tinyml_binary_s32_params, p, params);
    int32_t i0, i1, i2, i3;
    for (i0 = 0; i0 < p->size_0; i0++) {
        for (i1 = 0; i1 < p->size_1; i1++) {
            for (i2 = 0; i2 < p->size_2; i2++) {
                int32_t in1 = i0 * p->input1_step_0 + i1 * p->input1_step_1 + i2 * p->input1_step_2;
                int32_t in2 = i0 * p->input2_step_0 + i1 * p->input2_step_1 + i2 * p->input2_step_2;
                for (i3 = p->size_3; i3 > 0; i3--) {
                    const int64_t x = tinyml_long(input1, in1, p->input1_in_flash);
                    const int64_t y = tinyml_long(input2, in2, p->input2_in_flash);
                    *output++ = (x > y) == (p->kind == TINYML_MAXIMUM) ? x : y;
                    in1 += p->input1_step_3;
                    in2 += p->input2_step_3;
                }
            }
        }
    }
}
