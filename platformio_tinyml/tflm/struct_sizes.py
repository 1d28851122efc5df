"""How large TFLM's structs are on a target: a C++ file whose object tells.

The file defines one array per struct, one byte longer than the struct (and one for its alignment). Compiled with the
project's compiler and flags, the sizes of its symbols are the answer; nothing is linked or run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import SetupError
from ..firmware.objects import symbol_sizes
from .headers import MICRO

_HEADERS = (
    "tensorflow/lite/c/builtin_op_data.h",
    "tensorflow/lite/c/common.h",
    "tensorflow/lite/kernels/internal/types.h",
    f"{MICRO}/micro_allocator.h",
    f"{MICRO}/micro_allocation_info.h",
    f"{MICRO}/arena_allocator/single_arena_buffer_allocator.h",
    f"{MICRO}/memory_planner/greedy_memory_planner.h",
    *(
        f"{MICRO}/kernels/{stem}.h"
        for stem in (
            "activations",
            "add",
            "conv",
            "dequantize",
            "fully_connected",
            "leaky_relu",
            "logistic",
            "mul",
            "pooling",
            "quantize",
            "reduce",
            "sub",
        )
    ),
)
"""Included where they exist."""

CORE = (
    "tflite::AllocationInfo",
    "tflite::GreedyMemoryPlanner",
    "tflite::MicroAllocator",
    "tflite::NodeAndRegistration",
    "tflite::ScratchBufferHandle",
    "tflite::SingleArenaBufferAllocator",
    "tflite::SubgraphAllocations",
    "tflite::internal::ScratchBufferRequest",
    "TfLiteAffineQuantization",
    "TfLiteEvalTensor",
    "TfLiteIntArray",
    "TfLiteTensor",
    "void*",
)
"""What every model takes; a library without one of these is older than the static plan."""

PARAMS = (
    "TfLiteAddParams",
    "TfLiteConcatenationParams",
    "TfLiteConvParams",
    "TfLiteDepthwiseConvParams",
    "TfLiteFullyConnectedParams",
    "TfLiteLeakyReluParams",
    "TfLiteMulParams",
    "TfLitePackParams",
    "TfLitePoolParams",
    "TfLiteReducerParams",
    "TfLiteReshapeParams",
    "TfLiteSoftmaxParams",
    "TfLiteSplitParams",
    "TfLiteSqueezeParams",
    "TfLiteStridedSliceParams",
    "TfLiteSubParams",
)
"""An operator's options, as the interpreter unpacks them from the file."""

DATA = (
    "tflite::ConcatenationParams",
    "tflite::DequantizeOpData",
    "tflite::LeakyReluOpData",
    "tflite::OpDataAdd",
    "tflite::OpDataConv",
    "tflite::OpDataFullyConnected",
    "tflite::OpDataLogistic",
    "tflite::OpDataMul",
    "tflite::OpDataPooling",
    "tflite::OpDataQuantizeReference",
    "tflite::OpDataReduce",
    "tflite::OpDataSub",
    "tflite::ReluOpData",
    "tflite::Relu6OpData",
    "tflite::SoftmaxParams",
    "tflite::StridedSliceParams",
)
"""What a kernel keeps for each operator."""

_UNKNOWN = (256, 8)
"""Stands for a struct of one operator that the library's headers do not show: more than any of them has."""


@dataclass(frozen=True, slots=True)
class StructSizes:
    """(size, alignment) in bytes of TFLM's structs, by C++ name."""

    by_name: Mapping[str, tuple[int, int]]

    def __getitem__(self, name: str) -> tuple[int, int]:
        """(size, alignment); more than enough for an operator's struct that is not known."""
        return self.by_name.get(name, _UNKNOWN)

    @property
    def pointer(self) -> int:
        """Bytes of a pointer, and of a size_t."""
        return self["void*"][0]


def source() -> str:
    """The C++17 file to compile (-c) with the flags of the project's TFLM library, without LTO."""
    lines = [f"#if __has_include(<{header}>)\n#include <{header}>\n#endif" for header in _HEADERS]
    for name in (*CORE, *DATA):
        *spaces, struct = name.split("::")
        if spaces:  # declared here, so that one that the headers lack is an incomplete type and no error
            opening = "".join(f"namespace {space} {{ " for space in spaces)
            keyword = "class" if struct.endswith(("Allocator", "Planner")) else "struct"
            lines.append(f"{opening}{keyword} {struct};{' }' * len(spaces)}")
    lines.append(
        "template <typename T, unsigned S = sizeof(T)> constexpr unsigned tinyml_size(T *) { return S; }\n"
        "constexpr unsigned tinyml_size(...) { return 0; }\n"
        "template <typename T, unsigned A = alignof(T)> constexpr unsigned tinyml_align(T *) { return A; }\n"
        "constexpr unsigned tinyml_align(...) { return 0; }\n"
        "#define TINYML_TELL(index, type) \\\n"
        '  extern "C" { __attribute__((used)) char tinyml_size_##index[tinyml_size((type *)nullptr) + 1]; \\\n'
        "  __attribute__((used)) char tinyml_align_##index[tinyml_align((type *)nullptr) + 1]; }"
    )
    lines += [f"TINYML_TELL({index}, {name})" for index, name in enumerate((*CORE, *PARAMS, *DATA))]
    return "\n".join(lines) + "\n"


def read_struct_sizes(path: Path) -> StructSizes:
    """What an object of `source()` tells. Raises SetupError where its library lacks a struct that all models need."""
    sizes = symbol_sizes(path)
    by_name = {
        name: (sizes.get(f"tinyml_size_{index}", 1) - 1, sizes.get(f"tinyml_align_{index}", 1) - 1)
        for index, name in enumerate((*CORE, *PARAMS, *DATA))
    }
    missing = [name for name in CORE if by_name[name][0] < 1]
    if len(missing) == len(CORE):
        raise SetupError(
            f"{path} says nothing of TFLM's structs", "Compile what `source()` gives, without LTO.", code="tflm-structs"
        )
    if missing:
        raise SetupError(
            f"the project's TensorFlow Lite Micro has no {', '.join(missing)}: no bound can be given for its arena",
            "Update that library (it is older than 2022), or give the arena's size by hand.",
            code="tflm-structs",
        )
    return StructSizes({name: struct for name, struct in by_name.items() if struct[0] > 0 and struct[1] > 0})
