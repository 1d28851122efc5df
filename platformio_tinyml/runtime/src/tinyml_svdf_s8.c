#include "tinyml_core.h"

#include "tinyml_svdf.h"

void tinyml_svdf_s8(const tinyml_svdf_params *params, const int8_t *input, const int8_t *feature, const int8_t *time,
                    const int32_t *bias, int8_t *state, int8_t *output)
{
    TINYML_SVDF(int8_t, tinyml_read_i8, -128, 127)
}
