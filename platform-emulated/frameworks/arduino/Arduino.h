/* As much of Arduino's core as a first sketch wants: Serial prints, delay() moves a clock that stands still otherwise,
   pins are not connected. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARDUINO 10800
#define PI 3.1415926535897932384626433832795
#define F(text) (text)
#define HIGH 1
#define LOW 0
#define INPUT 0
#define OUTPUT 1
#define INPUT_PULLUP 2
#define LED_BUILTIN 13
#define DEC 10
#define HEX 16

typedef uint8_t byte;
typedef bool boolean;

#ifdef __cplusplus
extern "C" {
#endif

/* The sketch's own. */
void setup(void);
void loop(void);

unsigned long millis(void);
unsigned long micros(void);
void delay(unsigned long milliseconds);
void delayMicroseconds(unsigned int microseconds);

#ifdef __cplusplus
}

inline void pinMode(int, int) {}
inline void digitalWrite(int, int) {}
inline int digitalRead(int) { return LOW; }
inline int analogRead(int) { return 0; }

/* Writes to standard output; nothing arrives. */
class EmulatedSerial {
  public:
    void begin(unsigned long) {}
    explicit operator bool() const { return true; }
    int available() { return 0; }
    int read() { return -1; }
    void flush() {}

    void print(const char *text);
    void print(char character);
    void print(long number, int base = DEC);
    void print(unsigned long number, int base = DEC);
    void print(int number, int base = DEC) { print((long)number, base); }
    void print(unsigned int number, int base = DEC) { print((unsigned long)number, base); }
    void print(unsigned char number, int base = DEC) { print((unsigned long)number, base); }
    void print(double number, int digits = 2);

    void println() { print("\n"); }
    template <class Value> void println(Value value)
    {
        print(value);
        println();
    }
    template <class Value> void println(Value value, int format)
    {
        print(value, format);
        println();
    }
};

extern EmulatedSerial Serial;
#endif

#endif
