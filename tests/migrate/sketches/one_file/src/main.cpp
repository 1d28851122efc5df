#include <Arduino.h>
#include <TensorFlowLite.h>
#include <tensorflow/lite/micro/micro_mutable_op_resolver.h>
#include <tensorflow/lite/micro/micro_interpreter.h>
#include <tensorflow/lite/schema/schema_generated.h>
#include "digits_data.h"

#define ARENA_SIZE (12 * 1024)
alignas(16) static uint8_t arena[ARENA_SIZE];   // found by trial and error

using namespace tflite;

static MicroMutableOpResolver<6> ops;
static MicroInterpreter *nn;

static bool addOps()
{
    if (ops.AddConv2D() != kTfLiteOk) return false;
    if (ops.AddDepthwiseConv2D() != kTfLiteOk) return false;
    ops.AddFullyConnected();
    ops.AddSoftmax(); ops.AddReshape();
    return true;
}

static int best(const int8_t *scores, int count)
{
    int at = 0;
    for (int i = 1; i < count; i++) if (scores[i] > scores[at]) at = i;
    return at;
}

void setup()
{
    Serial.begin(115200);
    addOps();
    static MicroInterpreter interpreter(GetModel(digits_tflite), ops, arena, ARENA_SIZE);
    nn = &interpreter;
    if (interpreter.AllocateTensors() != kTfLiteOk) {
        Serial.println("no arena");
        for (;;) { }
    }
    Serial.println((int)interpreter.input(0)->bytes);
}

void loop()
{
    for (unsigned i = 0; i < nn->input(0)->bytes; i++)
        nn->input(0)->data.int8[i] = (int8_t)(i % 7);
    if (nn->Invoke() != kTfLiteOk) MicroPrintf("invoke failed");
    Serial.println(best(nn->output(0)->data.int8, 10));
}
