/* Of an Arduino sketch: the log goes to Serial, again and again. */
#include <Arduino.h>

#include "tinyml_selftest.h"

#ifndef TINYML_SELFTEST_PORT
extern "C" void tinyml_selftest_open(void) {
    Serial.begin(TINYML_SELFTEST_SPEED);
    while (!Serial && millis() < 5000) {
    }
}

extern "C" void tinyml_selftest_write(const char *text, uint16_t length) {
    while (length > 0) {
        const size_t written = Serial.write(reinterpret_cast<const uint8_t *>(text), length);
        text += written;
        length -= static_cast<uint16_t>(written);
    }
}
#endif

void setup() { tinyml_selftest_open(); }

void loop() {
    tinyml_selftest_run();
    delay(2000);
}
