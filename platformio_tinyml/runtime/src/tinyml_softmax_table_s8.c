#include "tinyml_core.h"

#include "tinyml_softmax.h"

#if defined(TINYML_HELIUM)
TINYML_INLINE int32x4_t tinyml_softmax_looked_up(const tinyml_softmax_params *p TINYML_UNUSED, const int32_t *table,
                                                 int32x4_t differences, mve_pred16_t count)
{
    return vldrwq_gather_offset_z_s32(table, vreinterpretq_u32_s32(vshlq_n_s32(vabsq_s32(differences), 2)), count);
}
#else
TINYML_INLINE int32_t tinyml_softmax_looked_up(const tinyml_softmax_params *p TINYML_UNUSED, const int32_t *table,
                                               int32_t difference)
{
    return tinyml_read_i32(table - difference);
}
#endif

void tinyml_softmax_table_s8(const tinyml_softmax_params *params, const int8_t *input, const int32_t *table, int8_t *output)
{
    TINYML_PARAMS(tinyml_softmax_params, p, params);
    tinyml_softmax(p, input, table, output, 8, tinyml_softmax_looked_up);
}
