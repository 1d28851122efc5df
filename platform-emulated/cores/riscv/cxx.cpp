// What C++ needs beside its headers: Debian's toolchain brings no libstdc++ and no libsupc++.
#include <stddef.h>
#include <stdlib.h>

#define RUNTIME __attribute__((weak))

RUNTIME void *operator new(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

RUNTIME void *operator new[](size_t size) { return ::operator new(size); }
RUNTIME void operator delete(void *memory) noexcept { free(memory); }
RUNTIME void operator delete[](void *memory) noexcept { free(memory); }
RUNTIME void operator delete(void *memory, size_t) noexcept { free(memory); }
RUNTIME void operator delete[](void *memory, size_t) noexcept { free(memory); }

extern "C" {
RUNTIME void *__dso_handle;
RUNTIME void __cxa_pure_virtual(void) { abort(); }
}
