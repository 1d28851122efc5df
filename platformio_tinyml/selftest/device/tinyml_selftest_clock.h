/* Time, by the finest counter that the core has. TINYML_CLOCK is its name and unit. Counters of 32 bits begin again
 * after 2^32: an invoke of more cycles than that has a wrong time. */
#ifndef TINYML_SELFTEST_CLOCK_H
#define TINYML_SELFTEST_CLOCK_H

#include <stdint.h>

#if defined(ARDUINO)
#include <Arduino.h>
#endif

#if defined(__AVR__)
/* Timer 1, 16 bits, at the core's clock; its overflows are counted, some 20 cycles of each 65,536. */
#include <avr/interrupt.h>
#include <avr/io.h>
#define TINYML_CLOCK "Timer1 cycles"

static volatile uint16_t clock_overflows;
ISR(TIMER1_OVF_vect) { clock_overflows++; }

static const char *clock_start(void) {
    TCCR1A = 0;
    TCCR1B = 1;
    TIMSK1 = 1;
    sei();
    return TINYML_CLOCK;
}

static inline __attribute__((always_inline)) uint32_t clock_now(void) {
    const uint8_t status = SREG;
    uint16_t low, high;
    cli();
    low = TCNT1;
    high = clock_overflows;
    if ((TIFR1 & 1) && low < 0x8000) {
        high++; /* it has wrapped, and the interrupt waits */
    }
    SREG = status;
    return ((uint32_t)high << 16) | low;
}

#elif defined(ESP_PLATFORM) && defined(__riscv)
/* ESP32-C3 and its kind have no mcycle. */
#include "esp_timer.h"
static const char *clock_start(void) { return "esp_timer us"; }
static inline __attribute__((always_inline)) uint32_t clock_now(void) { return (uint32_t)esp_timer_get_time(); }

#elif defined(__riscv)
static const char *clock_start(void) { return "mcycle cycles"; }
static inline __attribute__((always_inline)) uint32_t clock_now(void) {
    uint32_t cycles;
    /* csrr %0, mcycle: newer assemblers know it with zicsr in -march alone. */
    __asm__ volatile(".insn i 0x73, 2, %0, x0, -0x500" : "=r"(cycles));
    return cycles;
}

#elif defined(__XTENSA__)
static const char *clock_start(void) { return "CCOUNT cycles"; }
static inline __attribute__((always_inline)) uint32_t clock_now(void) {
    uint32_t cycles;
    __asm__ volatile("rsr %0, ccount" : "=a"(cycles));
    return cycles;
}

#elif defined(__arm__) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
#define CLOCK_REGISTER(address) (*(volatile uint32_t *)(address))

static uint8_t clock_is_dwt;

#if defined(ARDUINO)
#define CLOCK_OTHER "micros us"
static void clock_start_other(void) {}
static uint32_t clock_other(void) { return micros(); }
#elif defined(__ZEPHYR__)
#include <zephyr/kernel.h>
#define CLOCK_OTHER "kernel ticks"
static void clock_start_other(void) {}
static uint32_t clock_other(void) { return k_cycle_get_32(); }
#elif defined(__MBED__)
#include "hal/us_ticker_api.h"
#define CLOCK_OTHER "us_ticker us"
static void clock_start_other(void) { us_ticker_init(); }
static uint32_t clock_other(void) { return us_ticker_read(); }
#else
/* SysTick at the core's clock, 24 bits, counting down; its overflows are counted. */
#define CLOCK_OTHER "SysTick cycles"
static volatile uint32_t clock_overflows;
void SysTick_Handler(void);
void SysTick_Handler(void) { clock_overflows++; }

static void clock_start_other(void) {
    CLOCK_REGISTER(0xE000E014) = 0xFFFFFF;
    CLOCK_REGISTER(0xE000E018) = 0;
    CLOCK_REGISTER(0xE000E010) = 7;
}

static uint32_t clock_other(void) {
    static uint32_t last;
    uint32_t mask, overflows, value;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(mask)::"memory");
    value = CLOCK_REGISTER(0xE000E018);
    overflows = clock_overflows;
    if (CLOCK_REGISTER(0xE000ED04) & (1u << 26)) { /* ICSR.PENDSTSET: it has wrapped, and the interrupt waits */
        value = CLOCK_REGISTER(0xE000E018);
        overflows++;
    }
    __asm__ volatile("msr primask, %0" ::"r"(mask) : "memory");
    value = (overflows << 24) + (0xFFFFFF - value);
    if (value < last) {
        value += 1u << 24; /* an emulator raises the interrupt late */
    }
    last = value;
    return value;
}
#endif

static const char *clock_start(void) {
#if __ARM_ARCH >= 7 || defined(__ARM_ARCH_8M_MAIN__)
    uint32_t before;
    CLOCK_REGISTER(0xE000EDFC) |= 1u << 24; /* DEMCR.TRCENA */
    CLOCK_REGISTER(0xE0001FB0) = 0xC5ACCE55; /* Cortex-M7: DWT_LAR */
    CLOCK_REGISTER(0xE0001004) = 0;
    CLOCK_REGISTER(0xE0001000) |= 1; /* DWT_CTRL.CYCCNTENA */
    before = CLOCK_REGISTER(0xE0001004);
    __asm__ volatile("nop\n\tnop\n\tnop\n\tnop");
    clock_is_dwt = CLOCK_REGISTER(0xE0001004) != before;
#endif
    if (clock_is_dwt) {
        return "DWT cycles";
    }
    clock_start_other();
    return CLOCK_OTHER;
}

static inline __attribute__((always_inline)) uint32_t clock_now(void) { return clock_is_dwt ? CLOCK_REGISTER(0xE0001004) : clock_other(); }

#elif defined(ARDUINO)
static const char *clock_start(void) { return "micros us"; }
static inline __attribute__((always_inline)) uint32_t clock_now(void) { return micros(); }

#else
#include <time.h>
static const char *clock_start(void) { return "clock us"; }
static inline __attribute__((always_inline)) uint32_t clock_now(void) { return (uint32_t)((double)clock() * 1e6 / CLOCKS_PER_SEC); }
#endif

#endif
