#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_cumsum_f32(const tinyml_cumsum_params *params, const float *input, float *output)
{
    tinyml_cumsum_params p;
    int32_t outer, inner, i;
    TINYML_READ_PARAMS(p, params);
    for (outer = 0; outer < p.outer; outer++) {
        for (inner = 0; inner < p.inner; inner++) {
            float sum = 0.0f;
            for (i = 0; i < p.size; i++) {
                const int32_t place = (outer * p.size + (p.reverse ? p.size - 1 - i : i)) * p.inner + inner;
                const float before = sum;
                sum += input[place];
                output[place] = p.exclusive ? before : sum;
            }
        }
    }
}
