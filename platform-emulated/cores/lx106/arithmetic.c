/* What Debian's libgcc leaves out for this core, because the ESP8266 has it in ROM: division and 64-bit products of
 * integers. Its floats are in floats.c. */
#include <stdint.h>

typedef struct {
    uint64_t quotient, remainder;
} division_t;

static division_t divide(uint64_t dividend, uint64_t divisor) {
    division_t result = {0, 0};
    int bit;
    for (bit = 63; bit >= 0; bit--) {
        result.remainder = result.remainder << 1 | (dividend >> bit & 1);
        if (result.remainder >= divisor) {
            result.remainder -= divisor;
            result.quotient |= UINT64_C(1) << bit;
        }
    }
    return result;
}

uint32_t __udivsi3(uint32_t dividend, uint32_t divisor);
uint32_t __umodsi3(uint32_t dividend, uint32_t divisor);
int32_t __divsi3(int32_t dividend, int32_t divisor);
uint64_t __umulsidi3(uint32_t a, uint32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);
uint64_t __udivdi3(uint64_t dividend, uint64_t divisor);
uint64_t __umoddi3(uint64_t dividend, uint64_t divisor);
int64_t __divdi3(int64_t dividend, int64_t divisor);

uint32_t __udivsi3(uint32_t dividend, uint32_t divisor) {
    uint32_t quotient = 0, remainder = 0;
    int bit;
    for (bit = 31; bit >= 0; bit--) {
        remainder = remainder << 1 | (dividend >> bit & 1);
        if (remainder >= divisor) {
            remainder -= divisor;
            quotient |= UINT32_C(1) << bit;
        }
    }
    return quotient;
}

uint32_t __umodsi3(uint32_t dividend, uint32_t divisor) {
    return dividend - __udivsi3(dividend, divisor) * divisor;
}

int32_t __divsi3(int32_t dividend, int32_t divisor) {
    const uint32_t quotient =
        __udivsi3(dividend < 0 ? -(uint32_t)dividend : (uint32_t)dividend, divisor < 0 ? -(uint32_t)divisor : (uint32_t)divisor);
    return (int32_t)((dividend ^ divisor) < 0 ? -quotient : quotient);
}

/* The core multiplies 32 bits by 32 to their low 32. */
uint64_t __umulsidi3(uint32_t a, uint32_t b) {
    const uint32_t low = (a & 0xffff) * (b & 0xffff), high = (a >> 16) * (b >> 16);
    const uint32_t one = (a >> 16) * (b & 0xffff), two = (a & 0xffff) * (b >> 16);
    const uint32_t middle = (low >> 16) + (one & 0xffff) + (two & 0xffff);
    const uint32_t top = high + (one >> 16) + (two >> 16) + (middle >> 16);
    return (uint64_t)top << 32 | middle << 16 | (low & 0xffff);
}

uint64_t __muldi3(uint64_t a, uint64_t b) {
    const uint32_t cross = (uint32_t)(a >> 32) * (uint32_t)b + (uint32_t)a * (uint32_t)(b >> 32);
    return __umulsidi3((uint32_t)a, (uint32_t)b) + ((uint64_t)cross << 32);
}

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor) { return divide(dividend, divisor).quotient; }

uint64_t __umoddi3(uint64_t dividend, uint64_t divisor) { return divide(dividend, divisor).remainder; }

int64_t __divdi3(int64_t dividend, int64_t divisor) {
    const uint64_t quotient = divide(dividend < 0 ? -(uint64_t)dividend : (uint64_t)dividend,
                                     divisor < 0 ? -(uint64_t)divisor : (uint64_t)divisor)
                                  .quotient;
    return (int64_t)((dividend ^ divisor) < 0 ? -quotient : quotient);
}
