"""What TFLM's kernels take of the arena beside tensors: per operator and kernel set, an upper bound.

Exact for the reference kernels (tensorflow/lite/micro/kernels/*.cc). For CMSIS-NN and esp-nn the largest that any
version up to August 2026 asks for (arm_*_get_buffer_size, esp_nn_get_*_scratch_size).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ..errors import ModelError
from ..model import (
    BatchMatMulOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    Model,
    Operator,
    Padding,
    Pool2DOptions,
    Tensor,
    TensorType,
)
from ..model.naming import printable


class Kernels(Enum):
    """Which kernels a TFLM is built with. `ESP_NN` has no SIMD code (ESP32, C3), `ESP_NN_S3` that of the ESP32-S3."""

    REFERENCE = "reference"
    CMSIS_NN = "cmsis-nn"
    CMSIS_NN_MVE = "cmsis-nn-mve"
    ESP_NN = "esp-nn"
    ESP_NN_S3 = "esp-nn-s3"

    @property
    def is_cmsis(self) -> bool:
        """CMSIS-NN, with or without Helium."""
        return self in (Kernels.CMSIS_NN, Kernels.CMSIS_NN_MVE)

    @property
    def is_esp(self) -> bool:
        """esp-nn in any form."""
        return self in (Kernels.ESP_NN, Kernels.ESP_NN_S3)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of each persistent allocation and of each scratch buffer that a kernel's Prepare asks for."""

    persistent: tuple[int, ...] = ()
    scratch: tuple[int, ...] = ()


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
    rule = _RULES.get(operator.opcode)
    if rule is None:
        raise _unknown(operator.custom_code if operator.opcode == "CUSTOM" else operator.opcode)
    params, data, prepare = rule
    vendors = _CMSIS_DATA if kernels.is_cmsis else _ESP_DATA if kernels.is_esp else {}
    more_data = vendors.get(operator.opcode, 0)
    prepared = prepare(model, operator, kernels)
    if isinstance(data, int):
        return KernelMemory(params, "", data + more_data, prepared)
    return KernelMemory(params, data, more_data, prepared)


def _unknown(name: str, where: str = "") -> ModelError:
    return ModelError(
        f"no bound for the arena: nothing is known of the memory that {printable(name, 60)} takes{where}",
        "Have it measured: in the emulator, or by a twin where an RV32 compiler is there (custom_tinyml_twin, or "
        "bound --twin). Or give it: custom_tinyml_<model>_arena_size. Or take the runtime compiled.",
        code="no-bound",
    )


def unknown_operators(model: Model) -> tuple[str, ...]:
    """Names of the operators that have no rule here, each once."""
    unknown = (operator for operator in model.operators if operator.opcode not in _RULES)
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


@dataclass(frozen=True, slots=True)
class _Window:
    """The sizes that the scratch of a convolution depends on. Padding is that before the first row and column."""

    input_h: int
    input_w: int
    input_c: int
    filter_h: int
    filter_w: int
    output_h: int
    output_w: int
    output_c: int
    stride_h: int
    stride_w: int
    dilation: int
    batches: int
    pad_h: int
    pad_w: int

    @property
    def trailing(self) -> tuple[int, int]:
        """(rows, columns) that the last windows reach beyond the input, as esp-nn counts them."""
        return (
            max(0, self.output_h * self.stride_h + self.filter_h - 1 - self.input_h),
            max(0, self.output_w * self.stride_w + self.filter_w - 1 - self.input_w),
        )

    def pixels(self, rows: int, columns: int) -> int:
        """Pixels of the input with that much more on it."""
        return (self.input_h + rows) * (self.input_w + columns)


def _window(model: Model, operator: Operator) -> _Window:
    options = operator.options
    source, weights, target = (
        _nhwc(tensor)
        for tensor in (_tensor(model, operator.input(0)), _tensor(model, operator.input(1)), _output(model, operator))
    )
    if not isinstance(options, Conv2DOptions | DepthwiseConv2DOptions):
        raise _odd(operator)
    same = options.padding is Padding.SAME
    pads = [
        max(0, ((size_out - 1) * stride + (size - 1) * dilation + 1 - size_in) // 2) if same else 0
        for size_in, size, size_out, stride, dilation in (
            (source[1], weights[1], target[1], options.stride_h, options.dilation_h),
            (source[2], weights[2], target[2], options.stride_w, options.dilation_w),
        )
    ]
    return _Window(
        *source[1:],
        *weights[1:3],
        *target[1:],
        stride_h=options.stride_h,
        stride_w=options.stride_w,
        dilation=max(options.dilation_h, options.dilation_w),
        batches=source[0],
        pad_h=pads[0],
        pad_w=pads[1],
    )


def _tensor(model: Model, index: int) -> Tensor:
    if index < 0:
        raise _lacking("its input or filter")
    return model.tensors[index]


def _output(model: Model, operator: Operator) -> Tensor:
    if not operator.outputs:
        raise _lacking("its output")
    return model.tensors[operator.outputs[0]]


def _lacking(what: str) -> ModelError:
    return ModelError(
        f"no bound for the arena: an operator lacks {what}",
        "Run pio-tinyml inspect on the model: it lists what is wrong.",
        code="no-bound",
    )


def _nhwc(tensor: Tensor) -> tuple[int, int, int, int]:
    if len(tensor.shape) != 4:
        raise ModelError(
            f"no bound for the arena: tensor {tensor.index} has {len(tensor.shape)} dimensions where 4 are needed",
            "Run pio-tinyml inspect on the model: it lists what is wrong.",
            code="no-bound",
        )
    batch, height, width, channels = tensor.shape
    return batch, height, width, channels


def _odd(operator: Operator) -> ModelError:
    return ModelError(
        f"no bound for the arena: operator {operator.index} ({operator.opcode}) has no options",
        "Run pio-tinyml inspect on the model: it lists what is wrong.",
        code="no-bound",
    )


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple


def _int4_filter(weights: Tensor) -> tuple[int, ...]:
    """Reference kernels unpack a 4-bit filter into scratch."""
    return (weights.elements,) if weights.type is TensorType.INT4 else ()


def _conv_2d(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    window, weights = _window(model, operator), _tensor(model, operator.input(1))
    scratch = _scratch(_CONV_SCRATCH, kernels, window)
    # Multipliers and shifts of all output channels.
    return Memory((4 * weights.shape[0],) * 2, (*_int4_filter(weights), *scratch))


def _depthwise_conv_2d(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    window, weights = _window(model, operator), _tensor(model, operator.input(1))
    scratch = _scratch(_DEPTHWISE_SCRATCH, kernels, window)
    return Memory((4 * weights.shape[3],) * 2, (*_int4_filter(weights), *scratch))


def _cmsis_conv(window: _Window) -> int:
    pixel = window.filter_h * window.filter_w * window.input_c
    return 4 * window.input_c if _is_1x1(window) and window.dilation == 1 else 4 * _up(pixel, 4)


def _cmsis_mve_conv(window: _Window) -> int:
    row = window.filter_w * window.input_c
    one_row = row + window.input_c * (window.pad_w + window.output_w)
    return max(4 * _up(window.filter_h * row, 16), one_row, _cmsis_conv(window))


def _is_1x1(window: _Window) -> bool:
    return window.filter_h == window.filter_w == 1 and window.pad_h == window.pad_w == 0


def _cmsis_depthwise(window: _Window) -> int:
    is_3x3 = window.filter_h == window.filter_w == 3 and window.pad_h <= 1 and window.pad_w <= 1
    if window.input_c != window.output_c or window.batches != 1 or window.dilation != 1 or is_3x3:
        return 0
    return 2 * window.input_c * window.filter_h * window.filter_w


def _cmsis_mve_depthwise(window: _Window) -> int:
    size = 0
    if window.input_c == window.output_c and window.batches == window.dilation == 1:
        size = 4 * 124 * window.filter_h * window.filter_w  # CH_IN_BLOCK_MVE of arm_nnsupportfunctions.h
    if window.input_c == 1:  # run as a convolution
        size = max(size, _cmsis_mve_conv(window) + window.output_c * window.filter_h * window.filter_w)
    return size


def _esp_s3_conv(window: _Window) -> int:
    channels = window.input_c
    if _is_1x1(window) and window.stride_h == window.stride_w == 1:
        wide = _up(channels, 8)
        return (window.pixels(0, 0) * wide if channels % 8 else 0) + wide * (window.output_c + 16) + 64
    size = (window.filter_h * window.filter_w * _up(channels, 16) + 4) * window.output_c + 64
    if window.pad_h or window.pad_w:
        size += window.pixels(2 * window.pad_h, 2 * window.pad_w) * channels
    row, pixel = window.filter_w * channels, window.filter_h * window.filter_w * channels
    if row < 16 <= pixel:  # since 1.2.3 one window at a time
        return max(size, _up(pixel, 16) * (window.output_c + 1) + 4 * window.output_c + 96)
    # Since 1.2.3 also aligned filter rows, and an input that goes on to the end of the last window.
    extended = window.pixels(*window.trailing) * channels if any(window.trailing) else 0
    return size + _up(row, 16) * window.filter_h * window.output_c + extended


def _esp_s3_depthwise(window: _Window) -> int:
    channels, weights = window.input_c, window.filter_h * window.filter_w * window.output_c
    pixels, outputs = window.pixels(0, 0), window.output_h * window.output_w
    as_int16 = 2 * (weights + max(pixels, window.input_w * window.filter_h) * channels) + 32
    if channels != window.output_c:
        return as_int16
    if channels % 8:
        return _up(channels, 8) * (2 * (window.filter_h * window.filter_w + pixels) + outputs + 12) + 64
    if not window.filter_h == window.filter_w == 3 or channels == 8:
        return as_int16
    rows, columns = window.trailing
    if channels % 16 == 0:
        if window.pad_h or window.pad_w:
            rows, columns = 2 * window.pad_h, 2 * window.pad_w
        return weights + window.pixels(rows, columns) * channels + 16
    padded = window.pixels(rows + 2 * window.pad_h, columns + 2 * window.pad_w)
    return max(as_int16, _up(channels, 16) * (9 + padded + outputs) + 64)


_CONV_SCRATCH: dict[Kernels, Callable[[_Window], int]] = {
    Kernels.CMSIS_NN: _cmsis_conv,
    Kernels.CMSIS_NN_MVE: _cmsis_mve_conv,
    Kernels.ESP_NN_S3: _esp_s3_conv,
}
_DEPTHWISE_SCRATCH: dict[Kernels, Callable[[_Window], int]] = {
    Kernels.CMSIS_NN: _cmsis_depthwise,
    Kernels.CMSIS_NN_MVE: _cmsis_mve_depthwise,
    Kernels.ESP_NN_S3: _esp_s3_depthwise,
}


def _scratch(table: dict[Kernels, Callable[[_Window], int]], kernels: Kernels, window: _Window) -> tuple[int, ...]:
    size = table[kernels](window) if kernels in table else 0
    return (size,) if size else ()


def _fully_connected(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    weights = _tensor(model, operator.input(1))
    channels = len(weights.quantization.scale) if weights.quantization else 0
    persistent: tuple[int, ...] = (4 * channels,) * 2 if channels > 1 else ()
    scratch = _int4_filter(weights)
    if kernels.is_cmsis:
        outputs, depth = (*weights.shape, 1, 1)[:2]
        if len(_output(model, operator).shape) > 2:
            scratch += (8 * outputs, 4 * depth)  # run as a 1x1 convolution
        if kernels is Kernels.CMSIS_NN_MVE:
            persistent += (4 * outputs,)
            scratch += (4 * outputs,)
    return Memory(persistent, scratch)


def _pool(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    if not isinstance(operator.options, Pool2DOptions):
        raise _odd(operator)
    channels = _nhwc(_tensor(model, operator.input(0)))[3]
    is_average = operator.opcode == "AVERAGE_POOL_2D"
    return Memory(scratch=(4 * channels,) if is_average and kernels.is_cmsis else ())


def _softmax(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    source = _tensor(model, operator.input(0))
    tables = (2 * 513,) * 2 if source.type is TensorType.INT16 else ()
    return Memory(tables, (4 * (source.shape or (1,))[-1],) if kernels.is_esp else ())


def _reduce(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    source, axes = (_tensor(model, operator.input(position)) for position in (0, 1))
    outputs = _output(model, operator).elements
    return Memory(scratch=(4 * outputs, 4 * len(source.shape), 4 * axes.elements))


def _extreme(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    source, axes = (_tensor(model, operator.input(position)) for position in (0, 1))
    return Memory(scratch=(4 * len(source.shape), 4 * axes.elements))


def _refuse_cmsis(operator: Operator, kernels: Kernels) -> None:
    """Of whose kernels there nothing is written here."""
    if kernels.is_cmsis:
        raise _unknown(operator.opcode, " with CMSIS-NN")


def _svdf(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    _refuse_cmsis(operator, kernels)
    source, features = (_tensor(model, operator.input(position)) for position in (0, 1))
    batches, filters = source.shape[0], features.shape[0]
    sums = (4 * _output(model, operator).elements,) if features.type is TensorType.INT8 else ()
    return Memory(scratch=(4 * batches * filters, *sums))


def _lstm(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    _refuse_cmsis(operator, kernels)
    cells = _tensor(model, operator.input(_CELL_STATE))
    return Memory(scratch=(cells.elements * cells.type.bits // 8,) * 4)


_CELL_STATE = 19
"""The input of UNIDIRECTIONAL_SEQUENCE_LSTM that is it."""


def _transpose_conv(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    _refuse_cmsis(operator, kernels)
    weights, source = (_tensor(model, operator.input(position)) for position in (1, 2))
    width = {TensorType.INT8: 4, TensorType.INT16: 8}.get(source.type)
    bias = model.tensors[operator.input(3)] if operator.input(3) >= 0 else None
    biases = (8 * bias.elements,) if bias is not None and bias.type is TensorType.INT16 else ()
    scratch = (width * _output(model, operator).elements,) if width else ()
    return Memory((4 * weights.shape[0],) * 2, (*scratch, *biases))


def _batch_matmul(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    _refuse_cmsis(operator, kernels)
    if not isinstance(operator.options, BatchMatMulOptions):
        raise _odd(operator)
    one, two = (_tensor(model, operator.input(position)) for position in (0, 1))
    persistent = [28] if one.type in (TensorType.INT8, TensorType.INT16) else []
    for tensor, is_turned in ((one, operator.options.adj_x), (two, not operator.options.adj_y)):
        if is_turned:  # a TfLiteEvalTensor, its shape and its elements
            persistent += [24, 4 + 4 * len(tensor.shape), tensor.elements * tensor.type.bits // 8]
    return Memory(tuple(persistent))


def _nothing(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    return Memory()


_RULES: dict[str, tuple[str, str | int, Callable[[Model, Operator, Kernels], Memory]]] = {
    "ABS": ("", 28, _nothing),
    "ADD": ("TfLiteAddParams", "OpDataAdd", _nothing),
    "ARG_MAX": ("TfLiteArgMaxParams", "", _nothing),
    "ARG_MIN": ("TfLiteArgMinParams", "", _nothing),
    "ASSIGN_VARIABLE": ("", "", _nothing),
    "AVERAGE_POOL_2D": ("TfLitePoolParams", "OpDataPooling", _pool),
    "BATCH_MATMUL": ("TfLiteBatchMatMulParams", 48, _batch_matmul),
    "BATCH_TO_SPACE_ND": ("", "", _nothing),
    "BROADCAST_ARGS": ("", "", _nothing),
    "BROADCAST_TO": ("", "", _nothing),
    "CALL_ONCE": ("TfLiteCallOnceParams", 8, _nothing),
    "CAST": ("TfLiteCastParams", "", _nothing),
    "CEIL": ("", "", _nothing),
    "CONCATENATION": ("TfLiteConcatenationParams", "ConcatenationParams", _nothing),
    "CONV_2D": ("TfLiteConvParams", "OpDataConv", _conv_2d),
    "COS": ("", "", _nothing),
    "DEPTHWISE_CONV_2D": ("TfLiteDepthwiseConvParams", "OpDataConv", _depthwise_conv_2d),
    "DEPTH_TO_SPACE": ("TfLiteDepthToSpaceParams", "", _nothing),
    "DEQUANTIZE": ("", "DequantizeOpData", _nothing),
    "DIV": ("TfLiteDivParams", 28, _nothing),
    "EXP": ("", "", _nothing),
    "EXPAND_DIMS": ("", "", _nothing),
    "FILL": ("", "", _nothing),
    "FLOOR": ("", "", _nothing),
    "FULLY_CONNECTED": ("TfLiteFullyConnectedParams", "OpDataFullyConnected", _fully_connected),
    "GATHER": ("TfLiteGatherParams", "", _nothing),
    "GATHER_ND": ("", "", _nothing),
    "HARD_SWISH": ("", 24, _nothing),
    "IF": ("TfLiteIfParams", 8, _nothing),
    "LEAKY_RELU": ("TfLiteLeakyReluParams", "LeakyReluOpData", _nothing),
    "LOG": ("", "", _nothing),
    "LOGISTIC": ("", "OpDataLogistic", _nothing),
    "MAXIMUM": ("", "", _nothing),
    "MAX_POOL_2D": ("TfLitePoolParams", "OpDataPooling", _pool),
    "MEAN": ("TfLiteReducerParams", "OpDataReduce", _reduce),
    "MINIMUM": ("", "", _nothing),
    "MUL": ("TfLiteMulParams", "OpDataMul", _nothing),
    "NEG": ("", "", _nothing),
    "PACK": ("TfLitePackParams", "", _nothing),
    "PAD": ("", 64, _nothing),
    "PADV2": ("", 64, _nothing),
    "PRELU": ("", 28, _nothing),
    "QUANTIZE": ("", "OpDataQuantizeReference", _nothing),
    "READ_VARIABLE": ("", "", _nothing),
    "REDUCE_MAX": ("TfLiteReducerParams", "OpDataReduce", _extreme),
    "REDUCE_MIN": ("TfLiteReducerParams", "OpDataReduce", _extreme),
    "RELU": ("", "ReluOpData", _nothing),
    "RELU6": ("", "Relu6OpData", _nothing),
    "RESHAPE": ("TfLiteReshapeParams", "", _nothing),
    "RESIZE_BILINEAR": ("TfLiteResizeBilinearParams", "", _nothing),
    "RESIZE_NEAREST_NEIGHBOR": ("TfLiteResizeNearestNeighborParams", "", _nothing),
    "REVERSE_V2": ("", "", _nothing),
    "ROUND": ("", "", _nothing),
    "RSQRT": ("", 28, _nothing),
    "SELECT_V2": ("", 1, _nothing),
    "SHAPE": ("TfLiteShapeParams", "", _nothing),
    "SIN": ("", "", _nothing),
    "SLICE": ("", "", _nothing),
    "SOFTMAX": ("TfLiteSoftmaxParams", "SoftmaxParams", _softmax),
    "SPACE_TO_DEPTH": ("TfLiteSpaceToDepthParams", "", _nothing),
    "SPLIT": ("TfLiteSplitParams", "", _nothing),
    "SPLIT_V": ("TfLiteSplitVParams", "", _nothing),
    "SQRT": ("", "", _nothing),
    "SQUARE": ("", "", _nothing),
    "SQUARED_DIFFERENCE": ("", 112, _nothing),
    "SQUEEZE": ("TfLiteSqueezeParams", "", _nothing),
    "STRIDED_SLICE": ("TfLiteStridedSliceParams", "StridedSliceParams", _nothing),
    "SUB": ("TfLiteSubParams", "OpDataSub", _nothing),
    "SUM": ("TfLiteReducerParams", "OpDataReduce", _reduce),
    "SVDF": ("TfLiteSVDFParams", 36, _svdf),
    "TANH": ("", 16, _nothing),
    "TRANSPOSE": ("", "", _nothing),
    "TRANSPOSE_CONV": ("TfLiteTransposeConvParams", 88, _transpose_conv),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": ("TfLiteUnidirectionalSequenceLSTMParams", 688, _lstm),
    "UNPACK": ("TfLiteUnpackParams", "", _nothing),
    "VAR_HANDLE": ("TfLiteVarHandleParams", 4, _nothing),
    "WHILE": ("TfLiteWhileParams", 8, _nothing),
    "ZEROS_LIKE": ("", "", _nothing),
    **dict.fromkeys(("LOGICAL_AND", "LOGICAL_NOT", "LOGICAL_OR"), ("", "", _nothing)),
    **dict.fromkeys(
        ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"), ("", "ComparisonParams", _nothing)
    ),
}
"""By opcode: struct of its options, struct that Init allocates (or its bytes where a kernel keeps it to itself), what
Prepare asks for."""
