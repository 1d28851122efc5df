#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_run.h"

void tinyml_select(const tinyml_select_params *params, const void *condition, const void *input1, const void *input2, void *output)
{
    tinyml_select_params p;
    int8_t *to = (int8_t *)output;
    int32_t i0, i1, i2, i3;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++) {
                const int8_t *which = (const int8_t *)condition +
                                      (i0 * p.condition_step_0 + i1 * p.condition_step_1 + i2 * p.condition_step_2);
                const int8_t *one = (const int8_t *)input1 +
                                    p.width * (i0 * p.input1_step_0 + i1 * p.input1_step_1 + i2 * p.input1_step_2);
                const int8_t *two = (const int8_t *)input2 +
                                    p.width * (i0 * p.input2_step_0 + i1 * p.input2_step_1 + i2 * p.input2_step_2);
                for (i3 = p.size_3; i3 > 0; i3--, to += p.width) {
                    if (p.condition_in_flash ? tinyml_read_i8(which) : *which) {
                        tinyml_copy_run(one, to, p.width, p.input1_in_flash);
                    } else {
                        tinyml_copy_run(two, to, p.width, p.input2_in_flash);
                    }
                    which += p.condition_step_3;
                    one += p.width * p.input1_step_3;
                    two += p.width * p.input2_step_3;
                }
            }
        }
    }
}
