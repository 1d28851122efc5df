"""What TFLM's kernels take of the arena beside tensors: per operator and kernel set, an upper bound.

Exact for the reference kernels. For CMSIS-NN and esp-nn the largest that any version up to August 2026 asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..model import Model, Operator
from . import prepared
from .kernel_sets import Kernels
from .prepared import Memory, unknown


@dataclass(frozen=True, slots=True)
class KernelMemory:
    """`params` and `data` name structs (struct_sizes): unpacked options, and what Init allocates; "" for none.

    `more_data` is added to the size of `data`: what a kernel set wraps around the struct, or one that no header shows.
    """

    params: str
    data: str
    more_data: int
    prepared: Memory


def kernel_memory(model: Model, operator: Operator, kernels: Kernels) -> KernelMemory:
    """What one operator takes. Raises ModelError where there is no rule for it."""
    rule = RULES.get(operator.opcode)
    if rule is None:
        raise unknown(operator.custom_code if operator.opcode == "CUSTOM" else operator.opcode)
    params, data, prepare = rule
    vendors = _CMSIS_DATA if kernels.is_cmsis else _ESP_DATA if kernels.is_esp else {}
    more_data = vendors.get(operator.opcode, 0)
    asked = prepare(model, operator, kernels)
    if isinstance(data, int):
        return KernelMemory(params, "", data + more_data, asked)
    return KernelMemory(params, data, more_data, asked)


def unknown_operators(model: Model) -> tuple[str, ...]:
    """Names of the operators that have no rule here, each once."""
    unknown = (operator for operator in model.operators if operator.opcode not in RULES)
    return tuple(dict.fromkeys(operator.custom_code or operator.opcode for operator in unknown))


_CMSIS_DATA = {
    "CONV_2D": 4,
    "DEPTHWISE_CONV_2D": 4,
    "FULLY_CONNECTED": 24,
    "AVERAGE_POOL_2D": 4,
    "MAX_POOL_2D": 4,
    "SOFTMAX": 8,
}
"""Bytes of the members that CMSIS-NN's kernels put behind the reference struct (all of them run on 32-bit machines)."""

_ESP_DATA = {"CONV_2D": 4, "DEPTHWISE_CONV_2D": 4, "SOFTMAX": 4}
"""The same for esp-nn."""


RULES: dict[str, tuple[str, str | int, Callable[[Model, Operator, Kernels], Memory]]] = {
    "ABS": ("", 28, prepared.nothing),
    "ADD": ("TfLiteAddParams", "OpDataAdd", prepared.nothing),
    "ARG_MAX": ("TfLiteArgMaxParams", "", prepared.nothing),
    "ARG_MIN": ("TfLiteArgMinParams", "", prepared.nothing),
    "ASSIGN_VARIABLE": ("", "", prepared.nothing),
    "AVERAGE_POOL_2D": ("TfLitePoolParams", "OpDataPooling", prepared.pool),
    "BATCH_MATMUL": ("TfLiteBatchMatMulParams", 48, prepared.batch_matmul),
    "BATCH_TO_SPACE_ND": ("", "", prepared.nothing),
    "BROADCAST_ARGS": ("", "", prepared.nothing),
    "BROADCAST_TO": ("", "", prepared.nothing),
    "CALL_ONCE": ("TfLiteCallOnceParams", 8, prepared.nothing),
    "CAST": ("TfLiteCastParams", "", prepared.nothing),
    "CEIL": ("", "", prepared.nothing),
    "CONCATENATION": ("TfLiteConcatenationParams", "ConcatenationParams", prepared.nothing),
    "CONV_2D": ("TfLiteConvParams", "OpDataConv", prepared.conv_2d),
    "COS": ("", "", prepared.nothing),
    "DEPTHWISE_CONV_2D": ("TfLiteDepthwiseConvParams", "OpDataConv", prepared.depthwise_conv_2d),
    "DEPTH_TO_SPACE": ("TfLiteDepthToSpaceParams", "", prepared.nothing),
    "DEQUANTIZE": ("", "DequantizeOpData", prepared.nothing),
    "DIV": ("TfLiteDivParams", 28, prepared.nothing),
    "EXP": ("", "", prepared.nothing),
    "EXPAND_DIMS": ("", "", prepared.nothing),
    "FILL": ("", "", prepared.nothing),
    "FLOOR": ("", "", prepared.nothing),
    "FULLY_CONNECTED": ("TfLiteFullyConnectedParams", "OpDataFullyConnected", prepared.fully_connected),
    "GATHER": ("TfLiteGatherParams", "", prepared.nothing),
    "GATHER_ND": ("", "", prepared.nothing),
    "HARD_SWISH": ("", 24, prepared.nothing),
    "IF": ("TfLiteIfParams", 8, prepared.nothing),
    "LEAKY_RELU": ("TfLiteLeakyReluParams", "LeakyReluOpData", prepared.nothing),
    "LOG": ("", "", prepared.nothing),
    "LOGISTIC": ("", "OpDataLogistic", prepared.nothing),
    "MAXIMUM": ("", "", prepared.nothing),
    "MAX_POOL_2D": ("TfLitePoolParams", "OpDataPooling", prepared.pool),
    "MEAN": ("TfLiteReducerParams", "OpDataReduce", prepared.reduce),
    "MINIMUM": ("", "", prepared.nothing),
    "MUL": ("TfLiteMulParams", "OpDataMul", prepared.nothing),
    "NEG": ("", "", prepared.nothing),
    "PACK": ("TfLitePackParams", "", prepared.nothing),
    "PAD": ("", 64, prepared.nothing),
    "PADV2": ("", 64, prepared.nothing),
    "PRELU": ("", 28, prepared.nothing),
    "QUANTIZE": ("", "OpDataQuantizeReference", prepared.nothing),
    "READ_VARIABLE": ("", "", prepared.nothing),
    "REDUCE_MAX": ("TfLiteReducerParams", "OpDataReduce", prepared.extreme),
    "REDUCE_MIN": ("TfLiteReducerParams", "OpDataReduce", prepared.extreme),
    "RELU": ("", "ReluOpData", prepared.nothing),
    "RELU6": ("", "Relu6OpData", prepared.nothing),
    "RESHAPE": ("TfLiteReshapeParams", "", prepared.nothing),
    "RESIZE_BILINEAR": ("TfLiteResizeBilinearParams", "", prepared.nothing),
    "RESIZE_NEAREST_NEIGHBOR": ("TfLiteResizeNearestNeighborParams", "", prepared.nothing),
    "REVERSE_V2": ("", "", prepared.nothing),
    "ROUND": ("", "", prepared.nothing),
    "RSQRT": ("", 28, prepared.nothing),
    "SELECT_V2": ("", 1, prepared.nothing),
    "SHAPE": ("TfLiteShapeParams", "", prepared.nothing),
    "SIN": ("", "", prepared.nothing),
    "SLICE": ("", "", prepared.nothing),
    "SOFTMAX": ("TfLiteSoftmaxParams", "SoftmaxParams", prepared.softmax),
    "SPACE_TO_DEPTH": ("TfLiteSpaceToDepthParams", "", prepared.nothing),
    "SPLIT": ("TfLiteSplitParams", "", prepared.nothing),
    "SPLIT_V": ("TfLiteSplitVParams", "", prepared.nothing),
    "SQRT": ("", "", prepared.nothing),
    "SQUARE": ("", "", prepared.nothing),
    "SQUARED_DIFFERENCE": ("", 112, prepared.nothing),
    "SQUEEZE": ("TfLiteSqueezeParams", "", prepared.nothing),
    "STRIDED_SLICE": ("TfLiteStridedSliceParams", "StridedSliceParams", prepared.nothing),
    "SUB": ("TfLiteSubParams", "OpDataSub", prepared.nothing),
    "SUM": ("TfLiteReducerParams", "OpDataReduce", prepared.reduce),
    "SVDF": ("TfLiteSVDFParams", 36, prepared.svdf),
    "TANH": ("", 16, prepared.nothing),
    "TRANSPOSE": ("", "", prepared.nothing),
    "TRANSPOSE_CONV": ("TfLiteTransposeConvParams", 88, prepared.transpose_conv),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": ("TfLiteUnidirectionalSequenceLSTMParams", 688, prepared.lstm),
    "UNPACK": ("TfLiteUnpackParams", "", prepared.nothing),
    "VAR_HANDLE": ("TfLiteVarHandleParams", 4, prepared.nothing),
    "WHILE": ("TfLiteWhileParams", 8, prepared.nothing),
    "ZEROS_LIKE": ("", "", prepared.nothing),
    **dict.fromkeys(("LOGICAL_AND", "LOGICAL_NOT", "LOGICAL_OR"), ("", "", prepared.nothing)),
    **dict.fromkeys(
        ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"),
        ("", "ComparisonParams", prepared.nothing),
    ),
}
"""By opcode: struct of its options, struct that Init allocates (or its bytes where a kernel keeps it to itself), what
Prepare asks for."""
