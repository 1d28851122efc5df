/* What picolibc asks of a system: output goes to the emulator's stdout and stderr, there is no input. */
#include <stdio.h>
#include <unistd.h>

#include "../semihosting.h"

/* `used`: under -flto, what only the C library refers to would be dropped. */
#define SYSCALL __attribute__((weak, used))

static int write_out(char character, FILE *stream) {
    (void)stream;
    return semihosting_write(0, &character, 1) == 1 ? character : EOF;
}

static int write_error(char character, FILE *stream) {
    (void)stream;
    return semihosting_write(1, &character, 1) == 1 ? character : EOF;
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

SYSCALL void _exit(int status) { semihosting_exit(status); }

SYSCALL pid_t getpid(void) { return 1; }

SYSCALL int kill(pid_t process, int signal) {
    (void)process;
    semihosting_exit(128 + signal);
}
