/* main(): setup(), then loop() ARDUINO_LOOPS times, for a program in an emulator has to end. */
#include <Arduino.h>

#include <stdio.h>

#ifndef ARDUINO_LOOPS
#define ARDUINO_LOOPS 10
#endif

EmulatedSerial Serial;
static unsigned long long passed; /* microseconds */

unsigned long millis(void) { return (unsigned long)(passed / 1000); }
unsigned long micros(void) { return (unsigned long)passed; }
void delay(unsigned long milliseconds) { passed += milliseconds * 1000ULL; }
void delayMicroseconds(unsigned int microseconds) { passed += microseconds; }

void EmulatedSerial::print(const char *text) { fputs(text, stdout); }
void EmulatedSerial::print(char character) { putchar(character); }
void EmulatedSerial::print(long number, int base)
{
    if (base == DEC) {
        printf("%ld", number);
    } else {
        print((unsigned long)number, base);
    }
}
void EmulatedSerial::print(unsigned long number, int base) { printf(base == HEX ? "%lX" : "%lu", number); }

/* As Arduino's core does: without printf's floats, which most small C libraries leave out. */
void EmulatedSerial::print(double number, int digits)
{
    double half = 0.5;

    if (isnan(number) || isinf(number) || fabs(number) > 4294967040.0) {
        print(isnan(number) ? "nan" : isinf(number) ? "inf" : "ovf");
        return;
    }
    if (number < 0.0) {
        print('-');
        number = -number;
    }
    for (int i = 0; i < digits; i++) {
        half /= 10.0;
    }
    number += half;
    print((unsigned long)number);
    number -= (double)(unsigned long)number;
    if (digits > 0) {
        print('.');
    }
    for (int i = 0; i < digits; i++) {
        number *= 10.0;
        print((char)('0' + (int)number));
        number -= (int)number;
    }
}

int main(void)
{
    setup();
    for (unsigned long i = 0; i < ARDUINO_LOOPS; i++) {
        loop();
    }
    return 0;
}
