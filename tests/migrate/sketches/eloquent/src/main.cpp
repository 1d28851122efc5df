#include <Arduino.h>
#include <EloquentTinyML.h>
#include "sine_model_data.h"

#define NUMBER_OF_INPUTS 1
#define NUMBER_OF_OUTPUTS 1
#define TENSOR_ARENA_SIZE 2*1024

Eloquent::TinyML::TfLite<NUMBER_OF_INPUTS, NUMBER_OF_OUTPUTS, TENSOR_ARENA_SIZE> ml;

void setup() {
    Serial.begin(115200);
    ml.begin(sine_model_data);
}

void loop() {
    float x[1] = { 3.14f / 2 };
    float predicted = ml.predict(x);
    Serial.println(predicted);
}
