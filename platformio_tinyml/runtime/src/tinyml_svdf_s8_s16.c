#include "tinyml_core.h"

#include "tinyml_svdf.h"

void tinyml_svdf_s8_s16(const tinyml_svdf_params *params, const int8_t *input, const int8_t *feature, const int16_t *time,
                        const int32_t *bias, int16_t *state, int8_t *output)
{
    TINYML_SVDF(int16_t, tinyml_read_i16, -32768, 32767)
}
