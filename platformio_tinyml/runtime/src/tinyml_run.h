/* Runs of bytes. */
#ifndef TINYML_RUN_H
#define TINYML_RUN_H

#include "tinyml_core.h"

#include <string.h>

#include "tinyml_flash.h"

/* What is copied sooner than memcpy is called. */
#if defined(TINYML_UNALIGNED)
enum { TINYML_SHORT_RUN = 32 };
#else
enum { TINYML_SHORT_RUN = 8 };
#endif

static inline void tinyml_copy_run(const int8_t *from, int8_t *to, int32_t run, int8_t in_flash)
{
    if (run == 1) {
        *to = in_flash ? tinyml_read_i8(from) : *from;
        return;
    }
#if defined(__AVR__)
    if (in_flash) {
        memcpy_P(to, from, (uintptr_t)run);
        return;
    }
#endif
    if (run < TINYML_SHORT_RUN) {
        tinyml_copy_bytes(to, from, run);
        return;
    }
    memcpy(to, from, (uintptr_t)run);
}

#endif
