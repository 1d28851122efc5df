/* From reset to main() and out again. The symbols come from cortex-m.ld. */
#include <stdint.h>
#include <stdlib.h>

#include "../semihosting.h"

extern uint32_t __stack_top[], __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];

typedef void (*function_t)(void);
extern const function_t __preinit_array_start[], __preinit_array_end[], __init_array_start[], __init_array_end[];

extern int main(void);

/* What crtbegin.o defines for the destructors of C++ objects. */
void *__dso_handle;

static void call_all(const function_t *function, const function_t *end) {
    while (function < end) {
        (*function++)();
    }
}

void __attribute__((noreturn, used)) Reset_Handler(void) {
#ifdef __ARM_FP
    /* Full access to the FPU (coprocessors 10 and 11), before any code that may use it. */
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* SCB->CPACR */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    const uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; to < __data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = __bss_start; to < __bss_end;) {
        *to++ = 0;
    }
    call_all(__preinit_array_start, __preinit_array_end);
    call_all(__init_array_start, __init_array_end);
    exit(main());
}

/* Any exception that the firmware does not handle ends the run: exit code 128 + its number. */
void __attribute__((noreturn, used)) Default_Handler(void) {
    uint32_t number;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    semihosting(SYS_WRITE0, "emulated board: unhandled exception, exit code 128 + its number (3 is HardFault)\n");
    semihosting_exit(128 + (int)number);
}

#define HANDLER(name) void __attribute__((weak, noreturn, alias("Default_Handler"))) name(void)
HANDLER(NMI_Handler);
HANDLER(HardFault_Handler);
HANDLER(MemManage_Handler);
HANDLER(BusFault_Handler);
HANDLER(UsageFault_Handler);
HANDLER(SVC_Handler);
HANDLER(DebugMon_Handler);
HANDLER(PendSV_Handler);
HANDLER(SysTick_Handler);

/* The core's own vectors; peripheral interrupts are not emulated. */
const function_t __attribute__((section(".vectors"), used)) __vectors[16] = {
    (function_t)__stack_top, Reset_Handler, NMI_Handler, HardFault_Handler, MemManage_Handler, BusFault_Handler,
    UsageFault_Handler,      0,             0,           0,                 0,                 SVC_Handler,
    DebugMon_Handler,        0,             PendSV_Handler, SysTick_Handler,
};
