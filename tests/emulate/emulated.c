/* Code for test_emulator.py: what a firmware does, good and bad, in few instructions. */
#include <stdint.h>

int32_t initialised[4] = {1, 2, 3, 4};
const int32_t constants[4] = {10, 20, 30, 40};
int32_t zeroed[1000];

#define NOINLINE __attribute__((noinline, noclone, used))

int32_t sum_of_four(int32_t a, int32_t b, int32_t c, int32_t d) { return a + 10 * b + 100 * c + 1000 * d; }

int32_t count_calls(void) { return ++zeroed[0] + initialised[3]++; }

/* Data-dependent conditional instructions: IT blocks whose instructions are executed, or skipped, in turn. */
NOINLINE int32_t mix(int32_t n) {
  int32_t sum = 0;
  for (int32_t i = 0; i < n; i++) {
    int32_t v = (int32_t)((uint32_t)(i * 2654435761u) >> 3);
    if (v & 4) sum += v; else sum ^= v;
    if (v & 8) sum -= 3;
    zeroed[(uint32_t)i % 1000] ^= sum;
  }
  return sum;
}

NOINLINE int32_t two_mixes(int32_t n) {
  int32_t first = mix(n);
  return first ^ mix(n / 2);
}

NOINLINE int32_t tail_mix(int32_t n) { return mix(n + 1); }

NOINLINE int32_t nested_mix(int32_t n) { return two_mixes(n) + tail_mix(n); }

int32_t float_arithmetic(int32_t x) {
  volatile float f = (float)x;
  f = f * 1.5f + 0.25f;
  return (int32_t)(f * 4.0f);
}

NOINLINE int32_t deep(int32_t bytes) {
  volatile uint8_t buffer[512];
  buffer[0] = 1;
  return bytes <= 0 ? buffer[0] : deep(bytes - (int32_t)sizeof buffer) + buffer[0];
}

int32_t read_unmapped(void) { return *(volatile int32_t *)0x60000000; }
void write_flash(void) { *(volatile int32_t *)&constants[0] = 1; }
void jump_nowhere(void) { ((void (*)(void))0x60000001)(); }
void forever(void) { for (;;) { } }
void wait(void) { for (;;) __asm volatile("wfi"); }
void undefined(void) { __builtin_trap(); }
#ifdef __riscv
void system_call(void) { __asm volatile("ecall"); }
void breakpoint(void) { __asm volatile("ebreak"); }
int32_t small = 4; /* at an offset from gp */
int32_t count_small(void) { return ++small; }
_Thread_local int32_t of_thread = 7;
int32_t count_in_thread(void) { return ++of_thread; }
#else
void system_call(void) { __asm volatile("svc 3"); }
void breakpoint(void) { __asm volatile("bkpt 0xab"); }
#endif
int32_t load(const int32_t *address) { return *address + *(const volatile int32_t *)(address + 1); }

int32_t (*const volatile mixes[])(int32_t) = {mix, tail_mix};

/* Calls through a register, from two places; what comes between them is not theirs. */
NOINLINE int32_t call_mixes(int32_t n) {
  int32_t sum = 0;
  for (int32_t i = 0; i < n; i++) {
    sum += mixes[i & 1](i);
    sum ^= mixes[1](3) + mix(2);
  }
  return sum;
}
