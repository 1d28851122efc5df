/* Constants stay in flash. On AVR that is an address space of its own: TINYML_FLASH puts a table there and the
   functions below read it; elsewhere they are plain loads. */
#ifndef TINYML_FLASH_H
#define TINYML_FLASH_H

#include <stddef.h>
#include <stdint.h>

#if defined(__AVR__)

#include <avr/pgmspace.h>

#define TINYML_FLASH PROGMEM
/* Whether what is in flash, as `in_flash` says of a pointer, wants another way of reading. */
#define TINYML_IS_APART(in_flash) (in_flash)

static inline int8_t tinyml_read_i8(const int8_t *flash)
{
    return (int8_t)pgm_read_byte(flash);
}

static inline int16_t tinyml_read_i16(const int16_t *flash)
{
    return (int16_t)pgm_read_word(flash);
}

static inline int32_t tinyml_read_i32(const int32_t *flash)
{
    return (int32_t)pgm_read_dword(flash);
}

/* Copies the params struct at `flash` to the variable `params`. */
#define TINYML_READ_PARAMS(params, flash) memcpy_P(&(params), (flash), sizeof(params))

/* Declares `p`, a pointer to the params struct of that type at `flash`. */
#define TINYML_PARAMS(type, p, flash)      \
    type p##_copy;                         \
    const type *const p = &p##_copy;       \
    TINYML_READ_PARAMS(p##_copy, flash)

#else

#define TINYML_FLASH
#define TINYML_IS_APART(in_flash) ((void)(in_flash), 0)

static inline int8_t tinyml_read_i8(const int8_t *flash)
{
    return *flash;
}

static inline int16_t tinyml_read_i16(const int16_t *flash)
{
    return *flash;
}

static inline int32_t tinyml_read_i32(const int32_t *flash)
{
    return *flash;
}

#define TINYML_READ_PARAMS(params, flash) ((params) = *(flash))
#define TINYML_PARAMS(type, p, flash) const type *const p = (flash)

#endif

#endif
