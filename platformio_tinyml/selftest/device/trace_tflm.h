/* A resolver whose kernels tell the self test when they begin and end, and what they wrote. */
#include <new>
#include <type_traits>
#include <utility>

#include "tensorflow/lite/micro/memory_helpers.h"
#include "tinyml_selftest.h"

namespace {

using tinyml_registration = typename std::remove_const<typename std::remove_pointer<decltype(
    std::declval<const tflite::MicroOpResolver &>().FindOp(tflite::BuiltinOperator_ADD))>::type>::type;

constexpr int tinyml_most_kernels = 64;
constexpr int tinyml_most_outputs = 8;

template <int slot>
struct tinyml_traced {
    static tinyml_registration traced;
    static const tinyml_registration *original;

    static TfLiteStatus invoke(TfLiteContext *context, TfLiteNode *node) {
        const void *data[tinyml_most_outputs] = {};
        uint32_t bytes[tinyml_most_outputs] = {};
        int count = 0;
        tinyml_trace_begin();
        const TfLiteStatus status = original->invoke(context, node);
        for (; node->outputs != nullptr && count < node->outputs->size && count < tinyml_most_outputs; count++) {
            const TfLiteEvalTensor *tensor = context->GetEvalTensor(context, node->outputs->data[count]);
            size_t size = 0;
            if (tensor != nullptr && tflite::TfLiteEvalTensorByteLength(tensor, &size) == kTfLiteOk) {
                data[count] = tensor->data.data;
                bytes[count] = static_cast<uint32_t>(size);
            }
        }
        tinyml_trace_end_tflm(static_cast<uint8_t>(count), data, bytes);
        return status;
    }

    static const tinyml_registration *of(const tinyml_registration *found) {
        if (original == nullptr) {
            original = found;
            traced = *found;
            traced.invoke = invoke;
        }
        return original == found ? &traced : tinyml_traced<slot + 1>::of(found);
    }
};

template <int slot>
tinyml_registration tinyml_traced<slot>::traced;
template <int slot>
const tinyml_registration *tinyml_traced<slot>::original = nullptr;

template <>
struct tinyml_traced<tinyml_most_kernels> {
    static const tinyml_registration *of(const tinyml_registration *found) { return found; }
};

template <typename resolver>
class tinyml_traced_resolver : public resolver {
  public:
    const tinyml_registration *FindOp(tflite::BuiltinOperator op) const override { return of(resolver::FindOp(op)); }
    const tinyml_registration *FindOp(const char *op) const override { return of(resolver::FindOp(op)); }

  private:
    static const tinyml_registration *of(const tinyml_registration *found) {
        return found == nullptr ? nullptr : tinyml_traced<0>::of(found);
    }
    TF_LITE_REMOVE_VIRTUAL_DELETE
};

}  // namespace
