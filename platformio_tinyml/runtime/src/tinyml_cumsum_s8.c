#include "tinyml_core.h"

#include "tinyml_fixed_point.h"
#include "tinyml_kernels.h"

/* A value of the input, with 20 bits more, at half its scale. */
static inline uint32_t tinyml_cumsum_term(const tinyml_cumsum_params *p, int32_t value)
{
    return (uint32_t)tinyml_rescale((value + p->input_offset) * (INT32_C(1) << 20), INT32_C(1) << 30, 0);
}

void tinyml_cumsum_s8(const tinyml_cumsum_params *params, const int8_t *input, int8_t *output)
{
    tinyml_cumsum_params p;
    int32_t outer, inner, i;
    TINYML_READ_PARAMS(p, params);
    for (outer = 0; outer < p.outer; outer++) {
        for (inner = 0; inner < p.inner; inner++) {
            uint32_t sum = tinyml_cumsum_term(&p, 0);
            for (i = 0; i < p.size; i++) {
                const int32_t place = (outer * p.size + (p.reverse ? p.size - 1 - i : i)) * p.inner + inner;
                const uint32_t before = sum;
                sum += tinyml_cumsum_term(&p, input[place]);
                output[place] = tinyml_output(
                    tinyml_rescale((int32_t)(p.exclusive ? before : sum), p.multiplier, p.shift), p.output_offset, -128, 127);
            }
        }
    }
}
