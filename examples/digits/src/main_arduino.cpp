/* The same on real boards with the Arduino framework: one digit a second over the serial port. */
#ifdef ARDUINO

#include <Arduino.h>
#include <digits_model.h>

#include "classify.h"
#include "test_digits.h"

void setup()
{
    Serial.begin(115200);
    if (digits_init() != TINYML_OK) {
        Serial.println("digits: init failed");
    }
}

void loop()
{
    static int digit = 0;
    const int8_t *scores = nullptr;
    const int prediction = classify(test_pixels[digit], &scores);

    Serial.print("digit ");
    Serial.print(digit);
    Serial.print(": label ");
    Serial.print(test_labels[digit]);
    Serial.print(", prediction ");
    Serial.println(prediction);
    digit = (digit + 1) % TEST_DIGITS;
    delay(1000);
}

#endif
