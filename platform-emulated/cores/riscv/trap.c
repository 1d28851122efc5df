/* Any exception that the firmware does not handle ends the run: exit code 128 + its number in mcause. */
#include <stdint.h>

#include "../semihosting.h"

/* rv32imac alone lacks the instructions for control registers, by today's naming. */
#define CSR(instruction) ".option push\n\t.option arch, +zicsr\n\t" instruction "\n\t.option pop"

/* The register holds the address of the handler, a multiple of 4. */
static void __attribute__((aligned(4), noreturn)) handle_trap(void) {
    uint32_t number;
    __asm__ volatile(CSR("csrr %0, mcause") : "=r"(number));
    semihosting(SYS_WRITE0, "emulated board: unhandled exception, exit code 128 + its number (2: illegal instruction)\n");
    semihosting_exit(128 + (int)(number & 0x7f));
}

/* picolibc's start-up code leaves the vector alone. Constructors of the firmware run after this one. */
static void __attribute__((constructor(101), used)) set_trap(void) {
    __asm__ volatile(CSR("csrw mtvec, %0")::"r"(handle_trap));
}
