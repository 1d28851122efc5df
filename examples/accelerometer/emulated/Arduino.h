/* As much of Arduino's core as the sketch wants, for the emulated board, which has none. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

unsigned long millis();

struct EmulatedSerial {
    void begin(long) {}
    void print(unsigned long number) { printf("%lu", number); }
    void println(const char *text) { puts(text); }
};

static EmulatedSerial Serial;

#endif
