/* What every generated model header shares: the status of its functions, and the conversion between real numbers
   and int8 or int16. C99 and C++17, no libm. */
#ifndef TINYML_H
#define TINYML_H

#include <stdint.h>

typedef enum {
    TINYML_OK = 0,
    TINYML_ERROR_ARENA = 1,    /* the arena is missing or too small */
    TINYML_ERROR_MODEL = 2,    /* interpreter: the model's bytes are not those that the header was made for */
    TINYML_ERROR_OPERATOR = 3, /* interpreter: an operator is not there, or its kernel failed */
    TINYML_ERROR_INIT = 4,     /* invoke before an init that succeeded, or after another model took the arena */
    TINYML_ERROR_ALIGNMENT = 5, /* the arena begins tinyml_arena_padding() bytes before an address that it may have */
    TINYML_ERROR_ROWS = 6      /* a row is handed in while one of the output is there that nobody has taken */
} tinyml_status;

/* What a status means, in a few words. */
static inline const char *tinyml_status_text(tinyml_status status)
{
    return status == TINYML_OK                ? "ok"
           : status == TINYML_ERROR_ARENA     ? "the arena is missing or too small"
           : status == TINYML_ERROR_MODEL     ? "the model's bytes are not those that the header was made for"
           : status == TINYML_ERROR_OPERATOR  ? "an operator is not there, or its kernel failed"
           : status == TINYML_ERROR_INIT      ? "invoke before init, or another model took the arena"
           : status == TINYML_ERROR_ALIGNMENT ? "the arena's address is not aligned"
           : status == TINYML_ERROR_ROWS      ? "a row of the output is there to be taken first"
                                              : "unknown status";
}

/* Addresses of arenas are multiples of it. */
#define TINYML_ARENA_ALIGNMENT 16

/* The bytes from `arena` to where an arena can begin, 0 to 15: what an address that is not aligned costs. */
static inline uint8_t tinyml_arena_padding(const void *arena)
{
    return (uint8_t)(-(uintptr_t)arena % TINYML_ARENA_ALIGNMENT);
}

/* The integer nearest to value / scale + zero_point, halves away from zero, clamped to min to max, both of the same distance
   from -1/2; NaN gives zero_point. scale > 0; zero_point from min to max. */
static inline int32_t tinyml_quantize_to(float value, float scale, int32_t zero_point, int32_t min, int32_t max)
{
    const float scaled = value / scale;
    int32_t rounded;
    float rest;
    if (scaled != scaled) {
        return zero_point;
    }
    if (scaled >= 2.0f * (float)(max + 1)) {
        return max; /* whatever the zero point; also keeps the conversion below in range */
    }
    if (scaled <= 2.0f * (float)min) {
        return min;
    }
    rounded = (int32_t)scaled;
    rest = scaled - (float)rounded;
    rounded += (rest >= 0.5f) - (rest <= -0.5f) + zero_point;
    return rounded < min ? min : rounded > max ? max : rounded;
}

/* The same of an int8, and of an int16. */
static inline int8_t tinyml_quantize(float value, float scale, int32_t zero_point)
{
    return (int8_t)tinyml_quantize_to(value, scale, zero_point, -128, 127);
}

static inline int16_t tinyml_quantize_16(float value, float scale, int32_t zero_point)
{
    return (int16_t)tinyml_quantize_to(value, scale, zero_point, -32768, 32767);
}

/* The real number that a quantized value, int8 or int16, stands for, correctly rounded. */
static inline float tinyml_dequantize(int16_t value, float scale, int32_t zero_point)
{
    return scale * (float)(value - zero_point);
}

#endif
