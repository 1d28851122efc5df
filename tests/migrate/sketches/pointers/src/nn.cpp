#include "nn.h"
#include <stdint.h>
#include <tensorflow/lite/micro/micro_interpreter.h>
#include <tensorflow/lite/micro/micro_log.h>
#include <tensorflow/lite/micro/micro_mutable_op_resolver.h>
#include <tensorflow/lite/micro/system_setup.h>

extern const unsigned char g_digits[];

const char *text = R"(tflite:: "TfLiteTensor" /* not code */ )";
const size_t kArena = 20000;
static uint8_t arena[kArena] __attribute__((aligned(16)));
static tflite::MicroInterpreter *interp = nullptr;
static TfLiteTensor *in, *out;

bool nn_begin()
{
    tflite::InitializeTarget();
    static tflite::MicroMutableOpResolver<5> resolver;
    if (resolver.AddConv2D() != kTfLiteOk ||
        resolver.AddSoftmax() != kTfLiteOk) {
        return false;
    }
    const tflite::Model *model = tflite::GetModel(g_digits);
    static tflite::MicroInterpreter it(model, resolver, arena, kArena);
    interp = &it;
    if (interp->AllocateTensors() != kTfLiteOk) {
        MicroPrintf("AllocateTensors failed");
        return false;
    }
    in = interp->input(0);
    out = interp->output(0);
    if (in->dims->size != 4 || in->type != kTfLiteInt8) {
        MicroPrintf("wrong shape");
        return false;
    }
    return interp->arena_used_bytes() > 0;
}

bool nn_classify(float *scores)
{
    for (size_t i = 0; i < in->bytes; ++i) {
        in->data.int8[i] = (int8_t)(i % 7);
    }
    if (kTfLiteOk != interp->Invoke()) {
        return false;
    }
    for (int i = 0; i < 10; ++i)
        scores[i] = (out->data.int8[i] - out->params.zero_point) * out->params.scale;
    return text[0] == 't';
}
