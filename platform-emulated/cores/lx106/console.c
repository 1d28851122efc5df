/* What start.S and picolibc ask of a system. Output goes to the emulator's stdout and stderr through calls of the Xtensa
 * simulator (QEMU's target/xtensa/xtensa-semi.c names them); there is no input. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SYS_EXIT = 1, SYS_WRITE = 4 };

/* `used`: under -flto, what only the C library refers to would be dropped. */
#define SYSCALL __attribute__((weak, used))

static int32_t simcall(int32_t operation, int32_t first, const void *second, int32_t third) {
    register int32_t a2 __asm__("a2") = operation;
    register int32_t a3 __asm__("a3") = first;
    register const void *a4 __asm__("a4") = second;
    register int32_t a5 __asm__("a5") = third;
    __asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
    return a2;
}

static int write_out(char character, FILE *stream) {
    (void)stream;
    return simcall(SYS_WRITE, STDOUT_FILENO, &character, 1) == 1 ? character : EOF;
}

static int write_error(char character, FILE *stream) {
    (void)stream;
    return simcall(SYS_WRITE, STDERR_FILENO, &character, 1) == 1 ? character : EOF;
}

static int read_nothing(FILE *stream) {
    (void)stream;
    return EOF;
}

static FILE out = FDEV_SETUP_STREAM(write_out, NULL, NULL, _FDEV_SETUP_WRITE);
static FILE error = FDEV_SETUP_STREAM(write_error, NULL, NULL, _FDEV_SETUP_WRITE);
static FILE in = FDEV_SETUP_STREAM(NULL, read_nothing, NULL, _FDEV_SETUP_READ);

FILE *const SYSCALL stdout = &out;
FILE *const SYSCALL stderr = &error;
FILE *const SYSCALL stdin = &in;

SYSCALL void _exit(int status) {
    for (;;) {
        simcall(SYS_EXIT, status & 255, NULL, 0);
    }
}

SYSCALL pid_t getpid(void) { return 1; }

SYSCALL int kill(pid_t process, int signal) {
    (void)process;
    _exit(128 + signal);
}

extern int main(void);
typedef void (*function_t)(void);
extern const function_t __bothinit_array_start[], __bothinit_array_end[];

void __attribute__((noreturn, used)) start(void) {
    const function_t *function;
    for (function = __bothinit_array_start; function < __bothinit_array_end; function++) {
        (*function)();
    }
    exit(main());
}

void __attribute__((noreturn, used)) end_by_exception(int32_t number) {
    static const char text[] = "emulated board: unhandled exception, exit code 128 + its number (EXCCAUSE)\n";
    simcall(SYS_WRITE, STDERR_FILENO, text, (int32_t)strlen(text));
    _exit(128 + (int)(number & 0x7f));
}
