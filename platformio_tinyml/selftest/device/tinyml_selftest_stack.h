/* Stack, by painting it: what a call has written over of a pattern below its caller's stack pointer. Interrupts that
 * come meanwhile are in it. */
#ifndef TINYML_SELFTEST_STACK_H
#define TINYML_SELFTEST_STACK_H

#include <stddef.h>
#include <stdint.h>

#define STACK_PATTERN 0xA5 /* FreeRTOS's own: its check of a stack's end stays right */
#ifndef STACK_MOST
#define STACK_MOST 32768u /* bytes that are painted */
#endif

/* Bytes below the stack pointer that are not painted: Xtensa saves registers of callers there. */
#if defined(__XTENSA__)
#define STACK_KEPT 64u
#else
#define STACK_KEPT 0u
#endif

#if defined(__AVR__)
#include <avr/io.h>
static inline uintptr_t stack_pointer(void) { return (uintptr_t)SP + 1; }
#elif defined(__arm__)
static inline uintptr_t stack_pointer(void) {
    uintptr_t pointer;
    __asm__ volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}
#elif defined(__riscv)
static inline uintptr_t stack_pointer(void) {
    uintptr_t pointer;
    __asm__ volatile("mv %0, sp" : "=r"(pointer));
    return pointer;
}
#elif defined(__XTENSA__)
static inline uintptr_t stack_pointer(void) {
    uintptr_t pointer;
    __asm__ volatile("mov %0, a1" : "=r"(pointer));
    return pointer;
}
#else
static inline uintptr_t stack_pointer(void) { return 0; }
#endif

/* The lowest address that the stack may grow to: the end of the heap below it, or of a task's stack; 0 if unknown. */
#if defined(ESP_PLATFORM)
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
static inline uintptr_t stack_floor(void) { return (uintptr_t)pxTaskGetStackStart(NULL); }
#elif defined(__AVR__)
extern char *__brkval __attribute__((weak));
extern char __heap_start[];
static inline uintptr_t stack_floor(void) {
    return &__brkval != NULL && __brkval != NULL ? (uintptr_t)__brkval : (uintptr_t)__heap_start;
}
#elif defined(__arm__) || defined(__riscv) || defined(__XTENSA__)
extern void *sbrk(ptrdiff_t) __attribute__((weak));
extern void *_sbrk(ptrdiff_t) __attribute__((weak));
extern char _end[] __attribute__((weak)), end[] __attribute__((weak)), __heap_start[] __attribute__((weak));
static inline uintptr_t stack_floor(void) {
    uintptr_t found = (uintptr_t)(sbrk != NULL ? sbrk(0) : _sbrk != NULL ? _sbrk(0) : NULL);
    if (found == 0 || found == (uintptr_t)-1) {
        found = (uintptr_t)(__heap_start != NULL ? __heap_start : _end != NULL ? _end : end);
    }
    return found;
}
#else
static inline uintptr_t stack_floor(void) { return 0; }
#endif

typedef struct {
    volatile uint8_t *low, *high;
} stack_paint;

/* Inlined into who makes the call. Nothing is painted where it is not known how far the stack may grow. */
static inline __attribute__((always_inline)) stack_paint stack_painted(void) {
    const uintptr_t pointer = stack_pointer(), least = stack_floor() + 16;
    stack_paint paint = {NULL, NULL};
    volatile uint8_t *at;
    if (pointer == 0 || least == 16 || pointer <= least + STACK_KEPT) {
        return paint;
    }
    paint.high = (volatile uint8_t *)(pointer - STACK_KEPT);
    paint.low = (volatile uint8_t *)(pointer - least > STACK_MOST ? pointer - STACK_MOST : least);
    for (at = paint.low; at < paint.high; at++) {
        *at = STACK_PATTERN;
    }
    return paint;
}

/* Bytes below the caller's stack pointer that were written over; -1 if unknown, or more than was painted. */
static inline int32_t stack_used(stack_paint paint) {
    volatile uint8_t *at = paint.low;
    if (at == NULL || *at != STACK_PATTERN) {
        return -1;
    }
    while (at < paint.high && *at == STACK_PATTERN) {
        at++;
    }
    return (int32_t)((uintptr_t)paint.high - (uintptr_t)at + STACK_KEPT);
}

#endif
