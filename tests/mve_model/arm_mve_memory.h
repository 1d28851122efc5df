/* Types of the model, its loads and its stores. */
#ifndef ARM_MVE_MODEL_MEMORY_H
#define ARM_MVE_MODEL_MEMORY_H

#include <stdint.h>
#include <string.h>

#define MODEL static inline __attribute__((unused))

typedef struct {
    int8_t lane[16];
} int8x16_t;
typedef struct {
    uint8_t lane[16];
} uint8x16_t;
typedef struct {
    int16_t lane[8];
} int16x8_t;
typedef struct {
    uint16_t lane[8];
} uint16x8_t;
typedef struct {
    int32_t lane[4];
} int32x4_t;
typedef struct {
    uint32_t lane[4];
} uint32x4_t;
typedef struct {
    int32x4_t val[2];
} int32x4x2_t;
typedef struct {
    int32x4_t val[4];
} int32x4x4_t;
typedef uint16_t mve_pred16_t; /* a bit for each byte */

MODEL int8x16_t vldrbq_z_s8(const int8_t *p, mve_pred16_t active)
{
    int8x16_t v;
    int8_t i;
    for (i = 0; i < 16; i++) {
        v.lane[i] = 0;
        if (active >> i & 1) {
            v.lane[i] = p[i];
        }
    }
    return v;
}

MODEL int8x16_t vldrbq_s8(const int8_t *p)
{
    return vldrbq_z_s8(p, 0xffff);
}

MODEL int32x4_t vldrwq_gather_offset_z_s32(const int32_t *p, uint32x4_t offsets, mve_pred16_t active)
{
    int32x4_t v;
    int8_t i;
    for (i = 0; i < 4; i++) {
        v.lane[i] = 0;
        if (active >> (4 * i) & 1) {
            memcpy(&v.lane[i], (const int8_t *)p + offsets.lane[i], 4);
        }
    }
    return v;
}

MODEL int32x4_t vldrwq_gather_offset_s32(const int32_t *p, uint32x4_t offsets)
{
    return vldrwq_gather_offset_z_s32(p, offsets, 0xffff);
}

MODEL void vstrwq_scatter_offset_p_s32(int32_t *p, uint32x4_t offsets, int32x4_t v, mve_pred16_t active)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        if (active >> (4 * i) & 1) {
            memcpy((int8_t *)p + offsets.lane[i], &v.lane[i], 4);
        }
    }
}

MODEL void vstrwq_scatter_offset_s32(int32_t *p, uint32x4_t offsets, int32x4_t v)
{
    vstrwq_scatter_offset_p_s32(p, offsets, v, 0xffff);
}

MODEL uint32x4_t vldrwq_u32(const uint32_t *p)
{
    uint32x4_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

MODEL int32x4_t vldrwq_s32(const int32_t *p)
{
    int32x4_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

MODEL int32x4_t vldrwq_z_s32(const int32_t *p, mve_pred16_t active)
{
    int32x4_t v;
    int8_t i;
    for (i = 0; i < 4; i++) {
        v.lane[i] = 0;
        if (active >> (4 * i) & 1) {
            memcpy(&v.lane[i], p + i, 4);
        }
    }
    return v;
}

MODEL uint16x8_t vldrhq_z_u16(const uint16_t *p, mve_pred16_t active)
{
    uint16x8_t v;
    int8_t i;
    for (i = 0; i < 8; i++) {
        v.lane[i] = 0;
        if (active >> (2 * i) & 1) {
            memcpy(&v.lane[i], p + i, 2);
        }
    }
    return v;
}

MODEL uint16x8_t vldrhq_u16(const uint16_t *p)
{
    return vldrhq_z_u16(p, 0xffff);
}

MODEL int16x8_t vldrbq_gather_offset_z_s16(const int8_t *p, uint16x8_t offsets, mve_pred16_t active)
{
    int16x8_t v;
    int8_t i;
    for (i = 0; i < 8; i++) {
        v.lane[i] = 0;
        if (active >> (2 * i) & 1) {
            v.lane[i] = p[offsets.lane[i]];
        }
    }
    return v;
}

MODEL int16x8_t vldrbq_gather_offset_s16(const int8_t *p, uint16x8_t offsets)
{
    return vldrbq_gather_offset_z_s16(p, offsets, 0xffff);
}

MODEL void vstrbq_scatter_offset_p_s16(int8_t *p, uint16x8_t offsets, int16x8_t v, mve_pred16_t active)
{
    int8_t i;
    for (i = 0; i < 8; i++) {
        if (active >> (2 * i) & 1) {
            p[offsets.lane[i]] = (int8_t)v.lane[i];
        }
    }
}

MODEL void vstrbq_scatter_offset_s16(int8_t *p, uint16x8_t offsets, int16x8_t v)
{
    vstrbq_scatter_offset_p_s16(p, offsets, v, 0xffff);
}

MODEL int32x4_t vldrbq_z_s32(const int8_t *p, mve_pred16_t active)
{
    int32x4_t v;
    int8_t i;
    for (i = 0; i < 4; i++) {
        v.lane[i] = 0;
        if (active >> (4 * i) & 1) {
            v.lane[i] = p[i];
        }
    }
    return v;
}

MODEL int32x4_t vldrbq_s32(const int8_t *p)
{
    return vldrbq_z_s32(p, 0xffff);
}

MODEL uint8x16_t vldrbq_z_u8(const uint8_t *p, mve_pred16_t active)
{
    const int8x16_t bytes = vldrbq_z_s8((const int8_t *)p, active);
    uint8x16_t v;
    memcpy(&v, &bytes, sizeof(v));
    return v;
}

MODEL int8x16_t vldrbq_gather_offset_z_s8(const int8_t *p, uint8x16_t offsets, mve_pred16_t active)
{
    int8x16_t v;
    int8_t i;
    for (i = 0; i < 16; i++) {
        v.lane[i] = 0;
        if (active >> i & 1) {
            v.lane[i] = p[offsets.lane[i]];
        }
    }
    return v;
}

MODEL int16x8_t vldrbq_z_s16(const int8_t *p, mve_pred16_t active)
{
    int16x8_t v;
    int8_t i;
    for (i = 0; i < 8; i++) {
        v.lane[i] = 0;
        if (active >> (2 * i) & 1) {
            v.lane[i] = p[i];
        }
    }
    return v;
}

MODEL int16x8_t vldrbq_s16(const int8_t *p)
{
    return vldrbq_z_s16(p, 0xffff);
}

MODEL void vstrbq_p_s16(int8_t *p, int16x8_t a, mve_pred16_t active)
{
    int8_t i;
    for (i = 0; i < 8; i++) {
        if (active >> (2 * i) & 1) {
            p[i] = (int8_t)a.lane[i];
        }
    }
}

MODEL void vstrbq_scatter_offset_p_s32(int8_t *p, uint32x4_t offsets, int32x4_t v, mve_pred16_t active)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        if (active >> (4 * i) & 1) {
            p[offsets.lane[i]] = (int8_t)v.lane[i];
        }
    }
}

MODEL void vstrbq_scatter_offset_s32(int8_t *p, uint32x4_t offsets, int32x4_t v)
{
    vstrbq_scatter_offset_p_s32(p, offsets, v, 0xffff);
}

MODEL int32x4_t vldrbq_gather_offset_z_s32(const int8_t *p, uint32x4_t offsets, mve_pred16_t active)
{
    int32x4_t v;
    int8_t i;
    for (i = 0; i < 4; i++) {
        v.lane[i] = 0;
        if (active >> (4 * i) & 1) {
            v.lane[i] = p[offsets.lane[i]];
        }
    }
    return v;
}

MODEL int32x4_t vldrbq_gather_offset_s32(const int8_t *p, uint32x4_t offsets)
{
    return vldrbq_gather_offset_z_s32(p, offsets, 0xffff);
}

MODEL void vstrwq_s32(int32_t *p, int32x4_t v)
{
    memcpy(p, &v, sizeof(v));
}

MODEL int32x4x2_t vld2q_s32(const int32_t *p)
{
    int32x4x2_t v;
    int8_t i;
    for (i = 0; i < 8; i++) {
        v.val[i & 1].lane[i >> 1] = p[i];
    }
    return v;
}

MODEL int32x4x4_t vld4q_s32(const int32_t *p)
{
    int32x4x4_t v;
    int8_t i;
    for (i = 0; i < 16; i++) {
        v.val[i & 3].lane[i >> 2] = p[i];
    }
    return v;
}

MODEL void vstrbq_p_s8(int8_t *p, int8x16_t a, mve_pred16_t active)
{
    int8_t i;
    for (i = 0; i < 16; i++) {
        if (active >> i & 1) {
            p[i] = a.lane[i];
        }
    }
}

MODEL void vstrbq_s8(int8_t *p, int8x16_t a)
{
    vstrbq_p_s8(p, a, 0xffff);
}

MODEL void vstrbq_p_s32(int8_t *p, int32x4_t a, mve_pred16_t active)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        if (active >> (4 * i) & 1) {
            p[i] = (int8_t)a.lane[i];
        }
    }
}

MODEL void vstrhq_p_s32(int16_t *p, int32x4_t a, mve_pred16_t active)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        if (active >> (4 * i) & 1) {
            p[i] = (int16_t)a.lane[i];
        }
    }
}

MODEL void vstrbq_s32(int8_t *p, int32x4_t a)
{
    vstrbq_p_s32(p, a, 0xffff);
}

MODEL int8x16_t vldrbq_gather_offset_s8(const int8_t *p, uint8x16_t offsets)
{
    return vldrbq_gather_offset_z_s8(p, offsets, 0xffff);
}

MODEL uint8x16_t vldrbq_u8(const uint8_t *p)
{
    return vldrbq_z_u8(p, 0xffff);
}

MODEL void vstrbq_scatter_offset_p_s8(int8_t *p, uint8x16_t offsets, int8x16_t v, mve_pred16_t active)
{
    int8_t i;
    for (i = 0; i < 16; i++) {
        if (active >> i & 1) {
            p[offsets.lane[i]] = v.lane[i];
        }
    }
}

MODEL uint32x4_t vldrbq_gather_offset_u32(const uint8_t *p, uint32x4_t offsets)
{
    int8_t i;
    for (i = 0; i < 4; i++) {
        offsets.lane[i] = p[offsets.lane[i]];
    }
    return offsets;
}

MODEL int32x4_t vldrhq_s32(const int16_t *p)
{
    int32x4_t v;
    int8_t i;
    for (i = 0; i < 4; i++) {
        v.lane[i] = p[i];
    }
    return v;
}

#endif
