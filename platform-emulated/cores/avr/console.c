/* stdout and stderr on UART0. Replaces avr-libc's table of streams, so that only firmware that prints pays for it. `used`:
 * under -flto, what only the C library refers to would be dropped. */
#include <avr/io.h>
#include <stdio.h>

static int uart_put(char character, FILE *stream) {
    (void)stream;
    UCSR0B = _BV(TXEN0);
    loop_until_bit_is_set(UCSR0A, UDRE0);
    UDR0 = character;
    return 0;
}

static FILE uart = FDEV_SETUP_STREAM(uart_put, NULL, _FDEV_SETUP_WRITE);

struct __file *__iob[] __attribute__((used)) = {NULL, &uart, &uart};
