/* What the kernels for Helium (MVE, Cortex-M52, M55 and M85) share. */
#ifndef TINYML_HELIUM_H
#define TINYML_HELIUM_H

#include "tinyml_core.h"

#if defined(TINYML_HELIUM)

/* Offsets of four words, `step` bytes apart. */
TINYML_INLINE uint32x4_t tinyml_offsets(uint32_t step)
{
    return vmulq_n_u32(vidupq_n_u32(0, 1), step);
}

/* Word k from each of four addresses, k a constant. Addresses of 64 bits, of hosts, do not fit: there they are offsets. */
#if UINTPTR_MAX > UINT32_MAX
#define TINYML_GATHER(from, at, k) vldrwq_gather_offset_s32((from) + (k), at)
#define TINYML_ADDRESSES(from, offsets) (offsets)
#else
#define TINYML_GATHER(from, at, k) vldrwq_gather_base_s32(at, 4 * (k))
#define TINYML_ADDRESSES(from, offsets) vaddq_n_u32(offsets, (uint32_t)(uintptr_t)(from))
#endif

/* For assembly: of four sums in a register the outputs, and where the next go; scales in q0 and q1, the offset in r12, q7 is lost. */
#define TINYML_HELIUM_OUTPUTS(sums, to)                                                                      \
    "vrmulh.s32 q7, " sums ", q0\n\tvadd.i32 " sums ", " sums ", q7\n\tvshr.s32 q7, " sums ", #31\n\t"        \
    "vadd.i32 " sums ", " sums ", q7\n\tvrmulh.s32 " sums ", " sums ", q1\n\tvadd.i32 " sums ", " sums ", r12\n\t" \
    "vqmovnb.s32 " sums ", " sums "\n\tvqmovnb.s16 " sums ", " sums "\n\tvstrb.32 " sums ", [" to "], #4\n\t"

/* The lowest byte of each lane is what it holds, saturated; the others are anything. */
TINYML_INLINE int32x4_t tinyml_saturated_4(int32x4_t values)
{
    const int16x8_t halves = vqmovnbq_s32(vreinterpretq_s16_s32(values), values);
    return vreinterpretq_s32_s8(vqmovnbq_s16(vreinterpretq_s8_s16(halves), halves));
}

/* Four outputs of four sums, with quick scales (tinyml_requantize.h), before they are saturated. */
TINYML_INLINE int32x4_t tinyml_high_4(int32x4_t sums, int32x4_t first, int32x4_t second, int32_t offset)
{
    int32x4_t high = vaddq_s32(sums, vrmulhq_s32(sums, first));
    high = vaddq_s32(high, vshrq_n_s32(high, 31));
    return vaddq_n_s32(vrmulhq_s32(high, second), offset);
}

TINYML_INLINE int32x4_t tinyml_outputs_4(int32x4_t sums, int32x4_t first, int32x4_t second, int32_t offset)
{
    return tinyml_saturated_4(tinyml_high_4(sums, first, second, offset));
}

/* As tinyml_high_4, with scales that are multipliers and shifts. */
TINYML_INLINE int32x4_t tinyml_any_4(int32x4_t sums, int32x4_t multipliers, int32x4_t shifts, int32_t offset)
{
    const int32x4_t zeros = vdupq_n_s32(0), right = vminq_s32(shifts, zeros);
    const int32x4_t high = vqrdmulhq_s32(vqshlq_s32(sums, vmaxq_s32(shifts, zeros)), multipliers);
    const int32x4_t away = vandq_s32(vshrq_n_s32(high, 31), vshrq_n_s32(right, 31)); /* halves away from zero */
    return vqaddq_n_s32(vrshlq_s32(vqaddq_s32(high, away), right), offset);
}

/* As tinyml_rescale, or where it `wraps` tinyml_rescale_wrapped, of four values. */
TINYML_INLINE int32x4_t tinyml_rescale_4(int32x4_t values, int32_t multiplier, int32_t shift, int8_t wraps)
{
    int32x4_t high;
    if (shift > 0) {
        values = wraps ? vshlq_r_s32(values, shift) : vqshlq_r_s32(values, shift);
    }
    high = vqrdmulhq_n_s32(values, multiplier);
    if (shift < 0) { /* halves away from zero */
        high = vrshlq_n_s32(vqaddq_s32(high, vshrq_n_s32(high, 31)), shift);
    }
    return high;
}

/* Stores the first n of four values, plus the offset, saturated. */
TINYML_INLINE void tinyml_store_4(int8_t *to, int32x4_t values, int32_t offset, int32_t n)
{
    vstrbq_p_s32(to, tinyml_saturated_4(vqaddq_n_s32(values, offset)), vctp32q((uint32_t)n));
}

TINYML_INLINE void tinyml_requantize_4(int8_t *to, const uint32_t *sums, int32x4_t first, int32x4_t second, int32_t offset)
{
    vstrbq_s32(to, tinyml_outputs_4(vldrwq_s32((const int32_t *)sums), first, second, offset));
}

#endif

#endif
