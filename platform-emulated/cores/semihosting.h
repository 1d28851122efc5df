/* Calls of the ARM semihosting interface, served by QEMU (ARM, "Semihosting for AArch32 and AArch64", 2.0; RISC-V,
 * "RISC-V Semihosting", 0.4). */
#ifndef EMULATED_SEMIHOSTING_H
#define EMULATED_SEMIHOSTING_H

#include <stdint.h>

enum { SYS_OPEN = 0x01, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_EXIT_EXTENDED = 0x20 };

enum { ADP_STOPPED_APPLICATION_EXIT = 0x20026 };

#ifdef __riscv
static inline int32_t semihosting(int32_t operation, const void *argument) {
    register int32_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = argument;
    /* These three instructions, uncompressed and in one page, are told from a breakpoint. */
    __asm__ volatile(".balign 16\n\t"
                     ".option push\n\t.option norvc\n\t"
                     "slli zero, zero, 0x1f\n\tebreak\n\tsrai zero, zero, 7\n\t"
                     ".option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
}
#else
static inline int32_t semihosting(int32_t operation, const void *argument) {
    register int32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
#endif

/* Ends the emulator, whose process exits with `status` & 255. */
static inline void __attribute__((noreturn)) semihosting_exit(int status) {
    const uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)status};
    for (;;) {
        semihosting(SYS_EXIT_EXTENDED, block);
    }
}

/* Writes to the emulator's stdout, or its stderr; the number of bytes written. For one file of a firmware: it keeps the
 * host's handles, opened at first use as the interface wants it ("w" is stdout, "a" stderr). */
static inline int32_t semihosting_write(int to_stderr, const char *text, int32_t length) {
    static int32_t handles[2];
    int32_t *handle = &handles[to_stderr];
    if (*handle == 0) {
        const struct {
            const char *name;
            uint32_t mode, length;
        } open = {":tt", to_stderr ? 8 : 4, 3};
        *handle = semihosting(SYS_OPEN, &open);
    }
    const struct {
        int32_t handle;
        const char *text;
        int32_t length;
    } write = {*handle, text, length};
    return length - semihosting(SYS_WRITE, &write); /* the call returns what it did not write */
}

#endif
