/* stdout and stderr on UART0: replaces avr-libc's table of streams, so it is linked only into firmware that prints. */
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

struct __file *__iob[] = {NULL, &uart, &uart};
