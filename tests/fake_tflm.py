"""A stand-in for TensorFlow Lite Micro: headers of the same names and shapes, a few lines behind them.

It knows ADD and the custom operator TICK. Its arena takes ARENA bytes, or PLANNED_ARENA with an offline plan in the
model, and what KernelScratch() (weak) and the codes of custom operators' registrations say on top. Macros bend it: see
`CORE`.
"""

from __future__ import annotations

import re
from pathlib import Path

from platformio_tinyml.tflm.struct_sizes import STRUCT_SIZES_SOURCE

ARENA, PLANNED_ARENA, PERSISTENT = 1264, 848, 416

CORE = """
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef FAKE_BYTES
#define FAKE_BYTES 8  // of each tensor
#endif
#ifndef FAKE_TYPE
#define FAKE_TYPE kTfLiteInt8
#endif
#ifndef FAKE_ADD_STATUS
#define FAKE_ADD_STATUS kTfLiteOk
#endif
#ifndef FAKE_WRONG
#define FAKE_WRONG  // added to each output
#endif
#ifndef FAKE_BEFORE_ALLOCATE
#define FAKE_BEFORE_ALLOCATE
#endif

typedef enum { kTfLiteOk = 0, kTfLiteError = 1 } TfLiteStatus;
typedef enum { kTfLiteNoType, kTfLiteFloat32, kTfLiteInt32, kTfLiteUInt8, kTfLiteInt64, kTfLiteString, kTfLiteBool,
               kTfLiteInt16, kTfLiteComplex64, kTfLiteInt8 } TfLiteType;
typedef union { void *data; int8_t *int8; } TfLitePtrUnion;
typedef struct { TfLiteType type; TfLitePtrUnion data; size_t bytes; } TfLiteTensor;
typedef struct { void *inputs; void *user_data; } TfLiteNode;
typedef struct { TfLitePtrUnion data; } TfLiteEvalTensor;
typedef struct { void *impl_; } TfLiteContext;
struct TFLMRegistration { int code; };
typedef TFLMRegistration TfLiteRegistration;

extern "C" void DebugLog(const char *text, ...);

namespace tflite {
size_t KernelScratch();
inline size_t &CustomScratch() { static size_t bytes; return bytes; }
inline uint32_t read(const uint8_t *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }
class Model {
  public:
    uint32_t version() const {  // the first field of the root table
        const uint8_t *root = bytes() + read(bytes());
        const uint8_t *vtable = root - (int32_t)read(root);
        return read(root + (vtable[4] | vtable[5] << 8));
    }
    bool has_plan() const {
        for (int i = 0; i < 400; i++) {
            if (memcmp(bytes() + i, "OfflineMemoryAllocation", 23) == 0) return true;
        }
        return false;
    }
  private:
    const uint8_t *bytes() const { return reinterpret_cast<const uint8_t *>(this); }
};
inline const Model *GetModel(const void *bytes) { return static_cast<const Model *>(bytes); }
class ErrorReporter {
  public:
    virtual int Report(const char *format, va_list arguments) = 0;
};
class NoHeap {  // what firmware without a heap derives its classes from: an operator new of the class's own
  private:
    void *operator new(size_t);
};
class MicroErrorReporter : public ErrorReporter, NoHeap {
  public:
    int Report(const char *, va_list) override { return 0; }
};
class MicroOpResolver : NoHeap {};
class Core : NoHeap {
  public:
    Core(const Model *model, uint8_t *arena, size_t size) : model_(model), arena_(arena), size_(size) {}
    TfLiteStatus AllocateTensors() {
        FAKE_BEFORE_ALLOCATE;
        if (size_ < (model_->has_plan() ? PLANNED : NEEDED) + KernelScratch() + CustomScratch()) {
            DebugLog("too small");
            return kTfLiteError;
        }
        for (int i = 0; i < 2; i++) {
            tensors_[i].type = FAKE_TYPE;
            tensors_[i].bytes = FAKE_BYTES;
            tensors_[i].data.data = arena_ + 16 * i;
        }
        return kTfLiteOk;
    }
    TfLiteStatus Invoke() {
        for (int i = 0; i < FAKE_BYTES; i++) arena_[16 + i] = (uint8_t)(arena_[i] * 3 + runs_ FAKE_WRONG);
        runs_++;
        return kTfLiteOk;
    }
    TfLiteTensor *input(size_t) { return &tensors_[0]; }
    TfLiteTensor *output(size_t) { return &tensors_[1]; }
  protected:
    const Model *model_;
    uint8_t *arena_;
    size_t size_;
    int runs_ = 0;
    TfLiteTensor tensors_[2];
};
}
"""

RESOLVER = """
#pragma once
#include "fake_core.h"
#define TF_LITE_REMOVE_VIRTUAL_DELETE void operator delete(void *p) {}
#include "tensorflow/lite/micro/kernels/add.h"
namespace tflite {
REGISTRATION *Register_TICK();
template <unsigned int tOpCount>
class MicroMutableOpResolver : public MicroOpResolver {
 public:
  TF_LITE_REMOVE_VIRTUAL_DELETE
  explicit MicroMutableOpResolver(CONSTRUCTOR) {}
  virtual ~MicroMutableOpResolver() {}
  // TfLiteStatus AddNothing() { BuiltinOperator_SUB }
  TfLiteStatus AddCustom(const char* name, CONST REGISTRATION* registration) {
    if (registration == nullptr || name[0] == 0) return kTfLiteError;
    CustomScratch() = registration->code;
    return kTfLiteOk;
  }
  TfLiteStatus AddAdd(ARGUMENT) {
    return AddBuiltin(BuiltinOperator_ADD, Register_ADD(), ParseAdd);
  }
  TfLiteStatus AddTick() {
    return AddCustom("TICK", Register_TICK());
  }
  unsigned int GetRegistrationLength() { return 0; }
 private:
  enum { BuiltinOperator_ADD, BuiltinOperator_CUSTOM, ParseAdd };
  TfLiteStatus AddBuiltin(int op, const REGISTRATION& registration, int parser) {
    return op == BuiltinOperator_CUSTOM || parser == 0 ? kTfLiteError : FAKE_ADD_STATUS;
  }
};
}
"""

INTERPRETER = """
#pragma once
#include "fake_core.h"
namespace tflite {
class MicroInterpreter : public Core {
 public:
  MicroInterpreter(const Model* model, const MicroOpResolver& op_resolver, uint8_t* tensor_arena,
                   size_t tensor_arena_size REPORTER, int profiler = 0)
      : Core(model, tensor_arena, tensor_arena_size) { (void)op_resolver; (void)profiler; }
  TfLiteStatus RESET() { runs_ = 0; return kTfLiteOk; }
};
}
"""

ADD = """
#pragma once
#include "fake_core.h"
namespace tflite {
REGISTRATION Register_ADD();
INT8
}
"""

KERNELS = """
#include "tensorflow/lite/micro/kernels/add.h"
namespace tflite {
REGISTRATION Register_ADD() { return REGISTRATION{0}; }
__attribute__((weak)) size_t KernelScratch() { return 0; }
REGISTRATION *Register_TICK() { static REGISTRATION tick; return &tick; }
}
"""

STRUCTS = """
#include "fake_core.h"
typedef struct { int size; } TfLiteIntArray;
typedef struct { void *scale; } TfLiteAffineQuantization;
namespace tflite {
class MicroAllocator { MEMBERS };
struct AllocationInfo { int size; };
struct NodeAndRegistration { TfLiteNode node; };
struct ScratchBufferHandle { char *data; };
struct SubgraphAllocations { void *tensors; };
class GreedyMemoryPlanner { int size; };
class SingleArenaBufferAllocator { char *head; };
namespace internal { struct ScratchBufferRequest { size_t bytes; }; }
}
"""

NEW = {
    "REGISTRATION": "TFLMRegistration",
    "CONSTRUCTOR": "",
    "CONST": "const",
    "ARGUMENT": "const TFLMRegistration& registration = Register_ADD()",
    "REPORTER": "",
    "RESET": "Reset",
    "INT8": """#if defined(CMSIS_NN)
TFLMRegistration Register_ADD_INT8();
#else
inline TFLMRegistration Register_ADD_INT8() { return Register_ADD(); }
#endif""",
}
OLD = {
    "REGISTRATION": "TfLiteRegistration",
    "CONSTRUCTOR": "ErrorReporter* error_reporter = nullptr",
    "CONST": "",
    "ARGUMENT": "",
    "REPORTER": ", ErrorReporter* error_reporter",
    "RESET": "ResetVariableTensors",
    "INT8": "",
}
"""What tells TFLM of 2026 from TFLM of 2021."""


def write_fake(folder: Path, words: dict[str, str]) -> Path:
    """Write the library; its include folder. kernels.cc in it is to be compiled."""
    core = CORE.replace("PLANNED", str(PLANNED_ARENA)).replace("NEEDED", str(ARENA))
    old = words is OLD
    unused = words["CONSTRUCTOR"].rpartition(" = ")[0].rpartition(" ")[0]
    texts = {
        "fake_core.h": core,
        "tensorflow/lite/micro/micro_mutable_op_resolver.h": RESOLVER.replace(
            "(CONSTRUCTOR) {}", f"({unused} = nullptr) {{}}" if old else "() {}"
        ),
        "tensorflow/lite/micro/micro_interpreter.h": INTERPRETER,
        "tensorflow/lite/micro/kernels/add.h": ADD,
        "tensorflow/lite/c/common.h": '#include "fake_core.h"\n',
        "tensorflow/lite/schema/schema_generated.h": "",
        "kernels.cc": KERNELS,
    }
    if old:
        texts["tensorflow/lite/micro/micro_error_reporter.h"] = '#include "fake_core.h"\n'
    for path, text in texts.items():
        for word, value in words.items():
            text = text.replace(word, value)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return folder


TWO_ARENAS = """
#pragma once
#include <new>
#include "fake_core.h"
namespace tflite {
struct MicroAllocator {
  static MicroAllocator* Create(uint8_t* persistent_tensor_arena, size_t persistent_arena_size,
                                uint8_t* non_persistent_tensor_arena, size_t non_persistent_arena_size) {
    if (persistent_arena_size < PERSISTENT) return nullptr;
    return ::new (static_cast<void *>(persistent_tensor_arena))
        MicroAllocator{non_persistent_tensor_arena, non_persistent_arena_size};
  }
  uint8_t *arena;
  size_t size;
};
}
"""


def write_split(folder: Path) -> None:
    """Let the library in `folder`, a new one, take its arena in two, of which PERSISTENT bytes are persistent."""
    micro = folder / "tensorflow" / "lite" / "micro"
    (micro / "micro_allocator.h").write_text(TWO_ARENAS.replace("PERSISTENT", str(PERSISTENT)))
    interpreter = micro / "micro_interpreter.h"
    made = (
        "  MicroInterpreter(const Model* model, const MicroOpResolver&, MicroAllocator* allocator)\n"
        "      : Core(model, allocator->arena, allocator->size) {}\n"
    )
    text = interpreter.read_text().replace('fake_core.h"', 'tensorflow/lite/micro/micro_allocator.h"')
    interpreter.write_text(text.replace("  TfLiteStatus Reset", made + "  TfLiteStatus Reset"))


def write_structs(folder: Path, allocator: str) -> None:
    """Add what a bound asks for to the library in `folder`; `allocator` are the members of TFLM's."""
    options = re.findall(r"TINYML_TELL\((TfLite\w+Params)", STRUCT_SIZES_SOURCE.read_text())
    text = STRUCTS.replace("MEMBERS", allocator)
    text += "".join(f"typedef struct {{ int activation; }} {name};\n" for name in options)
    (folder / "tensorflow" / "lite" / "micro" / "micro_allocator.h").write_text(text)
