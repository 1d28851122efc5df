/* Sums and products of binary32, and to and from integers, which Debian's libgcc leaves out for this core: IEEE 754,
 * round to nearest, ties to even. Doubles do not link. */
#include <stdint.h>

typedef union {
    float value;
    uint32_t bits;
} float_bits;

/* value = (-1)^sign * mantissa * 2^exponent */
typedef struct {
    int sign;
    int exponent;
    uint32_t mantissa;
} parts_t;

enum { LEAST_EXPONENT = -149, INFINITE = 0xff };
#define NOT_A_NUMBER UINT32_C(0x7fc00000)

float __mulsf3(float a, float b);
float __addsf3(float a, float b);
float __subsf3(float a, float b);
float __floatsisf(int32_t value);
float __floatunsisf(uint32_t value);
uint32_t __fixunssfsi(float value);

static uint32_t bits_of(float value) {
    const float_bits both = {value};
    return both.bits;
}

static float with_bits(uint32_t bits) {
    float_bits both;
    both.bits = bits;
    return both.value;
}

static int exponent_field(uint32_t bits) { return (int)(bits >> 23 & 0xff); }

static int is_nan(uint32_t bits) { return (bits << 1) > UINT32_C(0xff000000); }

static parts_t parts_of(uint32_t bits) {
    const int field = exponent_field(bits);
    parts_t parts;
    parts.sign = (int)(bits >> 31);
    parts.exponent = LEAST_EXPONENT + (field ? field - 1 : 0);
    parts.mantissa = (bits & 0x7fffff) | (field ? 0x800000 : 0);
    return parts;
}

/* The float nearest to mantissa * 2^exponent. */
static float pack(int sign, int exponent, uint64_t mantissa) {
    uint32_t bits;
    while (mantissa >> 24 || exponent < LEAST_EXPONENT) {
        /* Keep whether anything was shifted out in the lowest bit: two bits below the result decide on rounding. */
        if (mantissa >> 26 || exponent < LEAST_EXPONENT - 2) {
            mantissa = mantissa >> 1 | (mantissa & 1);
            exponent++;
            if (mantissa <= 1 && exponent < LEAST_EXPONENT - 2) {
                exponent = LEAST_EXPONENT - 2;
            }
        } else {
            const int rest = mantissa >> 25 || exponent < LEAST_EXPONENT - 1 ? 2 : 1;
            const uint64_t half = UINT64_C(1) << (rest - 1), below = mantissa & (2 * half - 1);
            mantissa >>= rest;
            exponent += rest;
            mantissa += below > half || (below == half && (mantissa & 1));
        }
    }
    while (mantissa && !(mantissa >> 23) && exponent > LEAST_EXPONENT) {
        mantissa <<= 1;
        exponent--;
    }
    if (!(mantissa >> 23)) {
        bits = (uint32_t)mantissa;
    } else if (exponent - LEAST_EXPONENT + 1 >= INFINITE) {
        bits = (uint32_t)INFINITE << 23;
    } else {
        bits = (uint32_t)(exponent - LEAST_EXPONENT + 1) << 23 | ((uint32_t)mantissa & 0x7fffff);
    }
    return with_bits((uint32_t)sign << 31 | bits);
}

float __mulsf3(float a, float b) {
    const uint32_t x = bits_of(a), y = bits_of(b), sign = (x ^ y) & UINT32_C(0x80000000);
    const parts_t one = parts_of(x), two = parts_of(y);
    if (exponent_field(x) == INFINITE || exponent_field(y) == INFINITE) {
        const int none = is_nan(x) || is_nan(y) || !(x << 1) || !(y << 1);
        return with_bits(none ? NOT_A_NUMBER : sign | (uint32_t)INFINITE << 23);
    }
    return pack(one.sign ^ two.sign, one.exponent + two.exponent, (uint64_t)one.mantissa * two.mantissa);
}

float __addsf3(float a, float b) {
    const uint32_t x = bits_of(a), y = bits_of(b);
    const int swap = exponent_field(x) < exponent_field(y);
    const parts_t large = parts_of(swap ? y : x), small = parts_of(swap ? x : y);
    int64_t sum;
    int distance = large.exponent - small.exponent;
    if (exponent_field(x) == INFINITE || exponent_field(y) == INFINITE) {
        const int opposite = exponent_field(x) == exponent_field(y) && x != y;
        return with_bits(is_nan(x) || is_nan(y) || opposite ? NOT_A_NUMBER : exponent_field(x) == INFINITE ? x : y);
    }
    /* Beyond 30 bits the smaller one decides nothing but on which side of a tie the sum lies. */
    sum = (int64_t)large.mantissa << (distance > 30 ? 30 : distance);
    sum = large.sign ? -sum : sum;
    if (distance > 30) {
        sum += small.mantissa ? (small.sign ? -1 : 1) : 0;
        distance = 30;
    } else {
        sum += small.sign ? -(int64_t)small.mantissa : (int64_t)small.mantissa;
    }
    if (sum == 0) {
        return with_bits(x & y & UINT32_C(0x80000000));
    }
    return pack(sum < 0, large.exponent - distance, sum < 0 ? -(uint64_t)sum : (uint64_t)sum);
}

float __subsf3(float a, float b) { return __addsf3(a, with_bits(bits_of(b) ^ UINT32_C(0x80000000))); }

float __floatunsisf(uint32_t value) { return pack(0, 0, value); }

float __floatsisf(int32_t value) { return pack(value < 0, 0, value < 0 ? -(uint32_t)value : (uint32_t)value); }

uint32_t __fixunssfsi(float value) {
    const parts_t parts = parts_of(bits_of(value));
    if (parts.sign || parts.exponent < -23) {
        return 0;
    }
    return parts.exponent > 8 ? UINT32_MAX : parts.exponent < 0 ? parts.mantissa >> -parts.exponent
                                                                : parts.mantissa << parts.exponent;
}
