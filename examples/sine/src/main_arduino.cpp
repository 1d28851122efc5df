/* The same on real boards with the Arduino framework: a sine wave for the serial plotter. */
#ifdef ARDUINO

#include <Arduino.h>
#include <sine_model.h>

void setup()
{
    Serial.begin(115200);
    sine_init();
}

void loop()
{
    static float x = 0.0f;

    sine_input_0()[0] = sine_quantize_input_0(x);
    sine_invoke();
    Serial.println(sine_dequantize_output_0(sine_output_0()[0]));
    x = x < 6.2f ? x + 0.1f : 0.0f;
    delay(20);
}

#endif
