/* What the probe needs around the generated code and TFLM: no startup, no C library that reaches for an operating system.
   Everything is weak or wrapped, so that it gives way to what the project's own libraries bring. */
#include <stddef.h>
#include <stdint.h>

#define WEAK __attribute__((weak))
#define KEEP __attribute__((used, noinline))

typedef void (*constructor)(void);
extern constructor __init_array_start[], __init_array_end[];

KEEP uint32_t tinyml_probe_constructors(void)
{
    return (uint32_t)(__init_array_end - __init_array_start);
}

KEEP void tinyml_probe_construct(uint32_t index)
{
    __init_array_start[index]();
}

/* The first message that TFLM logs: the most telling. Older versions pass the finished text, newer ones its format. */
__attribute__((used)) char tinyml_probe_log[160];

void __wrap_DebugLog(const char *text);
KEEP void __wrap_DebugLog(const char *text)
{
    size_t i;
    if (tinyml_probe_log[0] != 0) {
        return;
    }
    for (i = 0; i + 1 < sizeof tinyml_probe_log && text[i] != 0; i++) {
        tinyml_probe_log[i] = text[i];
    }
}

WEAK void *__dso_handle;

int _close(int file);
int _fstat(int file, void *status);
int _getpid(void);
int _isatty(int file);
int _kill(int process, int signal);
int _lseek(int file, int offset, int direction);
int _read(int file, char *data, int size);
int _write(int file, const char *data, int size);
void *_sbrk(int size);
void _exit(int code);
int getpid(void); /* picolibc's abort() asks without the underscore */
int kill(int process, int signal);
void _init(void);
void _fini(void);

WEAK int _close(int file) { return (void)file, -1; }
WEAK int _fstat(int file, void *status) { return (void)file, (void)status, -1; }
WEAK int _getpid(void) { return 1; }
WEAK int _isatty(int file) { return (void)file, 0; }
WEAK int _kill(int process, int signal) { return (void)process, (void)signal, -1; }
WEAK int getpid(void) { return 1; }
WEAK int kill(int process, int signal) { return (void)process, (void)signal, -1; }
WEAK int _lseek(int file, int offset, int direction) { return (void)file, (void)offset, (void)direction, -1; }
WEAK int _read(int file, char *data, int size) { return (void)file, (void)data, (void)size, -1; }
WEAK int _write(int file, const char *data, int size) { return (void)file, (void)data, size; }
WEAK void *_sbrk(int size) { return (void)size, (void *)-1; }
WEAK void _exit(int code) { (void)code; __builtin_trap(); }
WEAK void _init(void) {}
WEAK void _fini(void) {}
