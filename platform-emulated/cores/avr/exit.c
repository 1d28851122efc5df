/* The end of main(): the status goes to GPIOR0 and GPIOR1, where simavr.py reads it, then the chip stops. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stdlib.h>

extern void _exit(int status) __attribute__((noreturn)); /* libgcc's; avr-libc declares it nowhere */

void exit(int status) {
    loop_until_bit_is_set(UCSR0A, UDRE0); /* the last character is on its way */
    GPIOR1 = (uint8_t)((unsigned)status >> 8);
    GPIOR0 = (uint8_t)status;
    _exit(status); /* static destructors, then the section below */
}

/* simavr ends when the core sleeps and nothing can wake it. */
static void __attribute__((naked, used, section(".fini1"))) stop(void) {
    cli();
    sleep_enable();
    sleep_cpu();
}
