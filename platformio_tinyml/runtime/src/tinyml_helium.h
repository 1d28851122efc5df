/* What the kernels for Helium (MVE, Cortex-M52, M55 and M85) share. */
#ifndef TINYML_HELIUM_H
#define TINYML_HELIUM_H

#include <arm_mve.h>

#include "tinyml_core.h"

/* Offsets of four words, `step` bytes apart. */
TINYML_INLINE uint32x4_t tinyml_offsets(uint32_t step)
{
    const uint32_t offsets[4] = {0, step, 2 * step, 3 * step};
    return vldrwq_u32(offsets);
}

/* Four outputs of four sums, with quick scales (tinyml_requantize.h). */
TINYML_INLINE int32x4_t tinyml_outputs_4(int32x4_t sums, int32x4_t first, int32x4_t second, int32_t offset)
{
    int32x4_t high = vaddq_s32(sums, vrmulhq_s32(sums, first));
    high = vaddq_s32(high, vshrq_n_s32(high, 31));
    high = vaddq_s32(vdupq_n_s32(offset), vrmulhq_s32(high, second));
    return vmaxq_s32(vminq_s32(high, vdupq_n_s32(127)), vdupq_n_s32(-128));
}

TINYML_INLINE void tinyml_requantize_4(int8_t *to, const uint32_t *sums, int32x4_t first, int32x4_t second, int32_t offset)
{
    vstrbq_s32(to, tinyml_outputs_4(vldrwq_s32((const int32_t *)sums), first, second, offset));
}

#endif
