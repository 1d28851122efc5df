/* The same on real boards with the Arduino framework: one window a second over the serial port. */
#ifdef ARDUINO

#include <Arduino.h>
#include <vibration_model.h>

#include "detect.h"
#include "test_windows.h"

void setup()
{
    Serial.begin(115200);
    if (vibration_init() != TINYML_OK) {
        Serial.println("vibration: init failed");
    }
}

void loop()
{
    static int window = 0;
    const float error = reconstruction_error(test_windows[window]); /* here: samples of your accelerometer */

    Serial.print(window < HEALTHY_WINDOWS ? "healthy" : "faulty");
    Serial.print(": error ");
    Serial.print(error, 3);
    Serial.println(error > THRESHOLD ? ", FAULT" : ", ok");
    window = (window + 1) % TEST_WINDOWS;
    delay(1000);
}

#endif
