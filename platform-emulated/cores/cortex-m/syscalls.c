/* What newlib asks of an operating system. Output goes to the emulator's stdout and stderr; there is no input and no
 * file. A firmware may define any of these itself; what it does not call is not linked. */
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../semihosting.h"

/* `used`: under -flto, what only the C library refers to would be dropped. */
#define SYSCALL __attribute__((weak, used))

SYSCALL int _write(int file, const char *text, int length) {
    return (int)semihosting_write(file == STDERR_FILENO, text, length);
}

SYSCALL int _read(int file, char *text, int length) {
    (void)file, (void)text, (void)length;
    return 0;
}

SYSCALL int _isatty(int file) { return file <= STDERR_FILENO; }

SYSCALL int _fstat(int file, struct stat *status) {
    (void)file;
    status->st_mode = S_IFCHR;
    return 0;
}

SYSCALL int _close(int file) {
    (void)file;
    return -1;
}

SYSCALL off_t _lseek(int file, off_t offset, int origin) {
    (void)file, (void)offset, (void)origin;
    return 0;
}

SYSCALL pid_t _getpid(void) { return 1; }

SYSCALL int _kill(pid_t process, int signal) {
    (void)process;
    semihosting_exit(128 + signal);
}

SYSCALL void _exit(int status) { semihosting_exit(status); }

SYSCALL void *_sbrk(ptrdiff_t increment) {
    extern char __heap_start[], __heap_end[];
    static char *end = __heap_start;
    if (increment > __heap_end - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    char *start = end;
    end += increment;
    return start;
}
