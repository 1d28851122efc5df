#include "tinyml_core.h"

#include "tinyml_kernels.h"

/* No number is worse than any: it takes the place of none, and any takes its. */
static inline int8_t tinyml_is_better(float value, float best, int8_t is_max)
{
    return value == value && (best != best || (is_max ? value > best : value < best));
}

void tinyml_arg_f32(const tinyml_arg_params *params, const float *input, int32_t *output)
{
    tinyml_arg_params p;
    int32_t outer, inner, i;
    TINYML_READ_PARAMS(p, params);
    for (outer = 0; outer < p.outer; outer++) {
        for (inner = 0; inner < p.inner; inner++) {
            const float *in = input + inner;
            int32_t found = 0;
            float best = *in;
            for (i = 1; i < p.size; i++) {
                in += p.inner;
                if (tinyml_is_better(*in, best, p.is_max)) {
                    best = *in;
                    found = i;
                }
            }
            *output++ = found;
        }
        input += p.size * p.inner;
    }
}
