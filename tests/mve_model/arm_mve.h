/* A model of the Helium intrinsics that the kernels use: the same names for the same results, on any machine. With
   -D__ARM_FEATURE_MVE=1 and this folder the kernels for Helium run on the host. */
#ifndef ARM_MVE_MODEL_H
#define ARM_MVE_MODEL_H

#include "arm_mve_memory.h"

MODEL int32_t model_add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

MODEL int32_t model_saturate(int64_t a)
{
    return a < INT32_MIN ? INT32_MIN : a > INT32_MAX ? INT32_MAX : (int32_t)a;
}

MODEL mve_pred16_t vctp8q(uint32_t n)
{
    return (mve_pred16_t)(n > 15 ? 0xffff : (1 << n) - 1);
}

MODEL mve_pred16_t vctp32q(uint32_t n)
{
    return vctp8q(n > 3 ? 16 : 4 * n);
}

MODEL mve_pred16_t vctp16q(uint32_t n)
{
    return vctp8q(n > 7 ? 16 : 2 * n);
}

MODEL uint32x4_t vidupq_n_u32(uint32_t first, int32_t step)
{
    uint32x4_t v;
    int8_t i;
    for (i = 0; i < 4; i++) {
        v.lane[i] = first + (uint32_t)(i * step);
    }
    return v;
}

MODEL uint32x4_t vmulq_n_u32(uint32x4_t a, uint32_t b)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[i] *= b;
    }
    return a;
}

MODEL int16x8_t vdupq_n_s16(int16_t x)
{
    const int16x8_t v = {{x, x, x, x, x, x, x, x}};
    return v;
}

MODEL int16x8_t vaddq_s16(int16x8_t a, int16x8_t b)
{
    int8_t i;
    for (i = 0; i < 8; i++) {
        a.lane[i] = (int16_t)(a.lane[i] + b.lane[i]);
    }
    return a;
}

MODEL int16x8_t vnegq_s16(int16x8_t a)
{
    int8_t i;
    for (i = 0; i < 8; i++) {
        a.lane[i] = (int16_t)(0 - (uint32_t)a.lane[i]);
    }
    return a;
}

MODEL int16x8_t model_products(int8x16_t a, int8x16_t b, int8_t from)
{
    int16x8_t v;
    int8_t i;
    for (i = 0; i < 8; i++) {
        v.lane[i] = (int16_t)(a.lane[2 * i + from] * b.lane[2 * i + from]);
    }
    return v;
}

MODEL int16x8_t vmullbq_int_s8(int8x16_t a, int8x16_t b)
{
    return model_products(a, b, 0);
}

MODEL int16x8_t vmulltq_int_s8(int8x16_t a, int8x16_t b)
{
    return model_products(a, b, 1);
}

MODEL int32x4_t vmovlbq_s16(int16x8_t a)
{
    const int32x4_t v = {{a.lane[0], a.lane[2], a.lane[4], a.lane[6]}};
    return v;
}

MODEL int32x4_t vmovltq_s16(int16x8_t a)
{
    const int32x4_t v = {{a.lane[1], a.lane[3], a.lane[5], a.lane[7]}};
    return v;
}

MODEL int16x8_t vmovntq_s32(int16x8_t a, int32x4_t b)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[2 * i + 1] = (int16_t)b.lane[i];
    }
    return a;
}

MODEL int32x4_t vmullbq_int_s16(int16x8_t a, int16x8_t b)
{
    int32x4_t v;
    int8_t i;
    for (i = 0; i < 4; i++) {
        v.lane[i] = a.lane[2 * i] * b.lane[2 * i];
    }
    return v;
}

MODEL int32x4_t vmulltq_int_s16(int16x8_t a, int16x8_t b)
{
    int32x4_t v;
    int8_t i;
    for (i = 0; i < 4; i++) {
        v.lane[i] = a.lane[2 * i + 1] * b.lane[2 * i + 1];
    }
    return v;
}

MODEL int32x4_t vmulq_s32(int32x4_t a, int32x4_t b)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[i] = (int32_t)((uint32_t)a.lane[i] * (uint32_t)b.lane[i]);
    }
    return a;
}

MODEL int8x16_t vreinterpretq_s8_s32(int32x4_t a)
{
    int8x16_t v;
    memcpy(&v, &a, sizeof(v));
    return v;
}

MODEL int32x4_t vreinterpretq_s32_s8(int8x16_t a)
{
    int32x4_t v;
    memcpy(&v, &a, sizeof(v));
    return v;
}

MODEL int32_t vmladavaq_s8(int32_t sum, int8x16_t a, int8x16_t b)
{
    int8_t i;
    for (i = 0; i < 16; i++) {
        sum = model_add(sum, a.lane[i] * b.lane[i]);
    }
    return sum;
}

#define MODEL_LANES(name, expression)                                                                 \
    MODEL int32x4_t name(int32x4_t a, int32x4_t b)                                                   \
    {                                                                                                        \
        int32x4_t v;                                                                                         \
        int8_t i;                                                                                            \
        for (i = 0; i < 4; i++) {                                                                            \
            const int32_t x = a.lane[i], y = b.lane[i];                                                      \
            v.lane[i] = (expression);                                                                        \
        }                                                                                                    \
        return v;                                                                                            \
    }
MODEL_LANES(vrmulhq_s32, (int32_t)(((int64_t)x * y + INT64_C(0x80000000)) >> 32))
MODEL_LANES(vaddq_s32, model_add(x, y))
MODEL_LANES(vsubq_s32, model_add(x, (int32_t)(0 - (uint32_t)y)))
MODEL_LANES(veorq_s32, x ^ y)
MODEL_LANES(vandq_s32, x & y)
MODEL_LANES(vmaxq_s32, x > y ? x : y)
MODEL_LANES(vminq_s32, x < y ? x : y)
MODEL_LANES(vqaddq_s32, model_saturate((int64_t)x + y))
MODEL_LANES(vqdmulhq_s32, x == INT32_MIN && y == INT32_MIN ? INT32_MAX : (int32_t)(((int64_t)x * y) >> 31))
#undef MODEL_LANES

MODEL int32_t vaddvaq_s8(int32_t sum, int8x16_t a)
{
    int8_t i;
    for (i = 0; i < 16; i++) {
        sum = model_add(sum, a.lane[i]);
    }
    return sum;
}

#define MODEL_ACROSS(name, order)                                                                            \
    MODEL int8_t name(int8_t found, int8x16_t a, mve_pred16_t active)                                        \
    {                                                                                                        \
        int8_t i;                                                                                            \
        for (i = 0; i < 16; i++) {                                                                           \
            found = (active >> i & 1) && a.lane[i] order found ? a.lane[i] : found;                          \
        }                                                                                                    \
        return found;                                                                                        \
    }
MODEL_ACROSS(vmaxvq_p_s8, >)
MODEL_ACROSS(vminvq_p_s8, <)

MODEL int8x16_t vdupq_n_s8(int8_t x)
{
    int8x16_t v;
    memset(&v, x, sizeof(v));
    return v;
}

#define MODEL_BYTES(name, operator)                                                                   \
    MODEL int8x16_t name(int8x16_t a, int8x16_t b)                                                           \
    {                                                                                                        \
        int8_t i;                                                                                            \
        for (i = 0; i < 16; i++) {                                                                           \
            a.lane[i] = a.lane[i] operator b.lane[i] ? a.lane[i] : b.lane[i];                                \
        }                                                                                                    \
        return a;                                                                                            \
    }
MODEL_BYTES(vmaxq_s8, >)
MODEL_BYTES(vminq_s8, <)
#undef MODEL_BYTES

MODEL int32x4_t vdupq_n_s32(int32_t x)
{
    const int32x4_t v = {{x, x, x, x}};
    return v;
}

MODEL int32x4_t vmulq_n_s32(int32x4_t a, int32_t b)
{
    return vmulq_s32(a, vdupq_n_s32(b));
}

MODEL int32x4_t vqaddq_n_s32(int32x4_t a, int32_t b)
{
    return vqaddq_s32(a, vdupq_n_s32(b));
}

MODEL int32x4_t vqrdmulhq_s32(int32x4_t a, int32x4_t b)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[i] = model_saturate(((int64_t)a.lane[i] * b.lane[i] + (INT64_C(1) << 30)) >> 31);
    }
    return a;
}

MODEL int32x4_t vqrdmulhq_n_s32(int32x4_t a, int32_t b)
{
    return vqrdmulhq_s32(a, vdupq_n_s32(b));
}

MODEL int32x4_t vshlq_r_s32(int32x4_t a, int32_t n)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[i] = (int32_t)((uint32_t)a.lane[i] << n);
    }
    return a;
}

MODEL int32x4_t vqshlq_r_s32(int32x4_t a, int32_t n)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[i] = model_saturate((int64_t)((uint64_t)(int64_t)a.lane[i] << n));
    }
    return a;
}

#define MODEL_COMPARED(name, order)                                                                          \
    MODEL mve_pred16_t name(int32x4_t a, int32_t b)                                                          \
    {                                                                                                        \
        mve_pred16_t found = 0;                                                                              \
        int8_t i;                                                                                            \
        for (i = 0; i < 4; i++) {                                                                            \
            found = (mve_pred16_t)(found | (a.lane[i] order b ? 15 << (4 * i) : 0));                         \
        }                                                                                                    \
        return found;                                                                                        \
    }
MODEL_COMPARED(vcmpgeq_n_s32, >=)
MODEL_COMPARED(vcmpleq_n_s32, <=)
MODEL_COMPARED(vcmpltq_n_s32, <)
#undef MODEL_COMPARED

MODEL mve_pred16_t vcmpgeq_m_n_s32(int32x4_t a, int32_t b, mve_pred16_t active)
{
    return vcmpgeq_n_s32(a, b) & active;
}

MODEL int32x4_t vpselq_s32(int32x4_t a, int32x4_t b, mve_pred16_t first)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[i] = first >> (4 * i) & 1 ? a.lane[i] : b.lane[i];
    }
    return a;
}

MODEL int32x4_t vqrdmulhq_m_n_s32(int32x4_t other, int32x4_t a, int32_t b, mve_pred16_t active)
{
    return vpselq_s32(vqrdmulhq_n_s32(a, b), other, active);
}

MODEL int32x4_t vshlq_n_s32(int32x4_t a, int8_t n)
{
    return vmulq_n_s32(a, (int32_t)(UINT32_C(1) << n));
}

MODEL int32x4_t vnegq_s32(int32x4_t a)
{
    return vsubq_s32(vdupq_n_s32(0), a);
}

MODEL int32x4_t vabsq_s32(int32x4_t a)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[i] = a.lane[i] < 0 ? (int32_t)(0 - (uint32_t)a.lane[i]) : a.lane[i];
    }
    return a;
}

/* Shifted by n to the left; by -n, 1 to 31, to the right and rounded, halves up. */
MODEL int32x4_t vrshlq_n_s32(int32x4_t a, int32_t n)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[i] = n < 0 ? (int32_t)(((int64_t)a.lane[i] + (INT64_C(1) << (-n - 1))) >> -n)
                          : (int32_t)((uint32_t)a.lane[i] << n);
    }
    return a;
}

MODEL int32x4_t vrshrq_n_s32(int32x4_t a, int8_t n)
{
    return vrshlq_n_s32(a, -n);
}

MODEL int32_t vaddvaq_p_s32(int32_t sum, int32x4_t a, mve_pred16_t active)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        sum = active >> (4 * i) & 1 ? model_add(sum, a.lane[i]) : sum;
    }
    return sum;
}

MODEL int32_t vaddvaq_s32(int32_t sum, int32x4_t a)
{
    return vaddvaq_p_s32(sum, a, 0xffff);
}

MODEL int32x4_t vaddq_n_s32(int32x4_t a, int32_t b)
{
    return vaddq_s32(a, vdupq_n_s32(b));
}

MODEL int16x8_t vreinterpretq_s16_s32(int32x4_t a)
{
    int16x8_t v;
    memcpy(&v, &a, sizeof(v));
    return v;
}

MODEL uint32x4_t vreinterpretq_u32_s32(int32x4_t a)
{
    uint32x4_t v;
    memcpy(&v, &a, sizeof(v));
    return v;
}

MODEL int8x16_t vreinterpretq_s8_s16(int16x8_t a)
{
    int8x16_t v;
    memcpy(&v, &a, sizeof(v));
    return v;
}

MODEL int16x8_t vqmovnbq_s32(int16x8_t a, int32x4_t b)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        const int32_t x = b.lane[i];
        a.lane[2 * i] = (int16_t)(x < -32768 ? -32768 : x > 32767 ? 32767 : x);
    }
    return a;
}

MODEL int16x8_t vqmovntq_s32(int16x8_t a, int32x4_t b)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[2 * i + 1] = (int16_t)(b.lane[i] < -32768 ? -32768 : b.lane[i] > 32767 ? 32767 : b.lane[i]);
    }
    return a;
}

MODEL int8x16_t vqmovntq_s16(int8x16_t a, int16x8_t b)
{
    int8_t i;
    for (i = 0; i < 8; i++) {
        a.lane[2 * i + 1] = (int8_t)(b.lane[i] < -128 ? -128 : b.lane[i] > 127 ? 127 : b.lane[i]);
    }
    return a;
}

MODEL int8x16_t vqmovnbq_s16(int8x16_t a, int16x8_t b)
{
    int8_t i;
    for (i = 0; i < 8; i++) {
        const int16_t x = b.lane[i];
        a.lane[2 * i] = (int8_t)(x < -128 ? -128 : x > 127 ? 127 : x);
    }
    return a;
}

MODEL int32x4_t vshrq_n_s32(int32x4_t a, int8_t n)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        a.lane[i] >>= n;
    }
    return a;
}

MODEL uint8x16_t vidupq_n_u8(uint32_t first, int32_t step)
{
    uint8x16_t v;
    int8_t i;
    for (i = 0; i < 16; i++) {
        v.lane[i] = (uint8_t)(first + (uint32_t)(i * step));
    }
    return v;
}

MODEL uint8x16_t vmulq_n_u8(uint8x16_t a, uint8_t b)
{
    int8_t i;
    for (i = 0; i < 16; i++) {
        a.lane[i] = (uint8_t)(a.lane[i] * b);
    }
    return a;
}

MODEL mve_pred16_t vcmpcsq_n_u8(uint8x16_t a, uint8_t b)
{
    uint32_t found = 0;
    int8_t i;
    for (i = 0; i < 16; i++) {
        found |= (uint32_t)(a.lane[i] >= b) << i;
    }
    return (mve_pred16_t)found;
}

MODEL mve_pred16_t vcmpcsq_m_n_u8(uint8x16_t a, uint8_t b, mve_pred16_t active)
{
    return vcmpcsq_n_u8(a, b) & active;
}

MODEL int8x16_t vpselq_s8(int8x16_t a, int8x16_t b, mve_pred16_t first)
{
    int8_t i;
    for (i = 0; i < 16; i++) {
        a.lane[i] = first >> i & 1 ? a.lane[i] : b.lane[i];
    }
    return a;
}

MODEL uint32x4_t vshlq_n_u32(uint32x4_t a, int8_t n)
{
    return vmulq_n_u32(a, UINT32_C(1) << n);
}

MODEL int32x4_t vldrwq_gather_shifted_offset_s32(const int32_t *p, uint32x4_t offsets)
{
    return vldrwq_gather_offset_s32(p, vshlq_n_u32(offsets, 2));
}

MODEL int32x4_t vqshlq_s32(int32x4_t a, int32x4_t n)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        const int32_t x = a.lane[i], by = n.lane[i];
        a.lane[i] = by < 0 ? x >> (by < -31 ? 31 : -by) : model_saturate((int64_t)((uint64_t)(int64_t)x << (by > 31 ? 31 : by)));
    }
    return a;
}

MODEL int32x4_t vrshlq_s32(int32x4_t a, int32x4_t n)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        const int32x4_t one = vrshlq_n_s32(vdupq_n_s32(a.lane[i]), n.lane[i]);
        a.lane[i] = one.lane[0];
    }
    return a;
}

/* Of a general register: to the right by n and rounded, halves up, or to the left by -n; saturated. */
MODEL int32_t sqrshr(int32_t a, int32_t n)
{
    return n > 0 ? (int32_t)(((int64_t)a + (INT64_C(1) << (n - 1))) >> n) : model_saturate((int64_t)((uint64_t)(int64_t)a << -n));
}

#endif
