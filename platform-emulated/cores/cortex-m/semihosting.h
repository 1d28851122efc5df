/* Calls of the ARM semihosting interface, served by QEMU (ARM, "Semihosting for AArch32 and AArch64", 2.0). */
#ifndef EMULATED_SEMIHOSTING_H
#define EMULATED_SEMIHOSTING_H

#include <stdint.h>

enum { SYS_OPEN = 0x01, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_EXIT_EXTENDED = 0x20 };

enum { ADP_STOPPED_APPLICATION_EXIT = 0x20026 };

static inline int32_t semihosting(int32_t operation, const void *argument) {
    register int32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* Ends the emulator, whose process exits with `status` & 255. */
static inline void __attribute__((noreturn)) semihosting_exit(int status) {
    const uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)status};
    for (;;) {
        semihosting(SYS_EXIT_EXTENDED, block);
    }
}

#endif
