// Compiled once with the flags of the TFLM library and once with those of the application's sources: both must see the
// same types. The numbers are the sizes of the arrays, so that nothing has to run.
#include <stddef.h>

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_interpreter.h"

#define TINYML_NUMBER(name, value) char tinyml_number_##name[(value) + 1]

extern "C" {
TINYML_NUMBER(TfLiteTensor, sizeof(TfLiteTensor));
TINYML_NUMBER(TfLiteTensor_data, offsetof(TfLiteTensor, data));
TINYML_NUMBER(TfLiteTensor_bytes, offsetof(TfLiteTensor, bytes));
TINYML_NUMBER(TfLiteNode, sizeof(TfLiteNode));
TINYML_NUMBER(TfLiteNode_user_data, offsetof(TfLiteNode, user_data));
TINYML_NUMBER(TfLiteEvalTensor, sizeof(TfLiteEvalTensor));
TINYML_NUMBER(TfLiteContext, sizeof(TfLiteContext));
TINYML_NUMBER(TfLiteStatus, sizeof(TfLiteStatus));
TINYML_NUMBER(MicroInterpreter, sizeof(tflite::MicroInterpreter));
}
