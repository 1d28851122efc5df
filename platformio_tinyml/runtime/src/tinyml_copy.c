#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_run.h"

void tinyml_copy(const tinyml_copy_params *params, const void *input, void *output)
{
    tinyml_copy_params p;
    int32_t i0, i1, i2, i3, i4;
    TINYML_READ_PARAMS(p, params);
    for (i0 = 0; i0 < p.size_0; i0++) {
        for (i1 = 0; i1 < p.size_1; i1++) {
            for (i2 = 0; i2 < p.size_2; i2++) {
                for (i3 = 0; i3 < p.size_3; i3++) {
                    const int8_t *from = (const int8_t *)input + (p.input_start + i0 * p.input_step_0 + i1 * p.input_step_1 +
                                                                  i2 * p.input_step_2 + i3 * p.input_step_3);
                    int8_t *to = (int8_t *)output + (p.output_start + i0 * p.output_step_0 + i1 * p.output_step_1 +
                                                     i2 * p.output_step_2 + i3 * p.output_step_3);
                    if (p.run == 1 && !TINYML_IS_APART(p.input_in_flash)) {
                        for (i4 = p.size_4; i4 > 0; i4--) {
                            *to = *from;
                            from += p.input_step_4;
                            to += p.output_step_4;
                        }
                        continue;
                    }
                    for (i4 = p.size_4; i4 > 0; i4--) {
                        tinyml_copy_run(from, to, p.run, p.input_in_flash);
                        from += p.input_step_4;
                        to += p.output_step_4;
                    }
                }
            }
        }
    }
}
