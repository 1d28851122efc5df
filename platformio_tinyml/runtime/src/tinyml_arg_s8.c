#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_arg_s8(const tinyml_arg_params *params, const int8_t *input, int32_t *output)
{
    tinyml_arg_params p;
    int32_t outer, inner, i;
    TINYML_READ_PARAMS(p, params);
    for (outer = 0; outer < p.outer; outer++) {
        for (inner = 0; inner < p.inner; inner++) {
            const int8_t *in = input + inner;
            int32_t found = 0;
            int8_t best = *in;
            for (i = 1; i < p.size; i++) {
                in += p.inner;
                if (p.is_max ? *in > best : *in < best) {
                    best = *in;
                    found = i;
                }
            }
            *output++ = found;
        }
        input += p.size * p.inner;
    }
}
