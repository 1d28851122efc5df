"""What a kernel's Prepare asks for, by operator (tensorflow/lite/micro/kernels/*.cc)."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ModelError
from ..model import BatchMatMulOptions, Model, Operator, Pool2DOptions, Tensor, TensorType
from ..model.naming import printable
from .kernel_sets import Kernels
from .operands import image_shape, no_options, output_of, rows_of, tensor_of
from .vendor_scratch import conv_scratch, depthwise_scratch


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of each persistent allocation and of each scratch buffer that a kernel's Prepare asks for."""

    persistent: tuple[int, ...] = ()
    scratch: tuple[int, ...] = ()


def unknown(name: str, where: str = "") -> ModelError:
    """The error for an operator of which nothing is written here, `where` with which kernels."""
    return ModelError(
        f"no bound for the arena: nothing is known of the memory that {printable(name, 60)} takes{where}",
        "Have it measured: in the emulator, or by a twin where an RV32 compiler is there (custom_tinyml_twin, or "
        "bound --twin). Or give it: custom_tinyml_<model>_arena_size. Or take the runtime compiled.",
        code="no-bound",
    )


def _int4_filter(weights: Tensor) -> tuple[int, ...]:
    """Reference kernels unpack a 4-bit filter into scratch."""
    return (weights.elements,) if weights.type is TensorType.INT4 else ()


def conv_2d(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Multipliers and shifts of all output channels; a 4-bit filter unpacked; what a vendor asks for."""
    weights, scratch = tensor_of(model, operator.input(1)), conv_scratch(model, operator, kernels)
    return Memory((4 * weights.shape[0],) * 2, (*_int4_filter(weights), *scratch))


def depthwise_conv_2d(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """As of CONV_2D."""
    weights, scratch = tensor_of(model, operator.input(1)), depthwise_scratch(model, operator, kernels)
    return Memory((4 * weights.shape[3],) * 2, (*_int4_filter(weights), *scratch))


def fully_connected(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Multipliers and shifts where channels have their own; a 4-bit filter unpacked; CMSIS-NN its sums."""
    weights = tensor_of(model, operator.input(1))
    channels = len(weights.quantization.scale) if weights.quantization else 0
    persistent: tuple[int, ...] = (4 * channels,) * 2 if channels > 1 else ()
    scratch = _int4_filter(weights)
    if kernels.is_cmsis:
        outputs, depth = (*weights.shape, 1, 1)[:2]
        if len(output_of(model, operator).shape) > 2:
            scratch += (8 * outputs, 4 * depth)  # run as a 1x1 convolution
        if kernels is Kernels.CMSIS_NN_MVE:
            persistent += (4 * outputs,)
            scratch += (4 * outputs,)
    return Memory(persistent, scratch)


def pool(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Sums of each channel, to CMSIS-NN."""
    if not isinstance(operator.options, Pool2DOptions):
        raise no_options(operator)
    channels = image_shape(tensor_of(model, operator.input(0)))[3]
    is_average = operator.opcode == "AVERAGE_POOL_2D"
    return Memory(scratch=(4 * channels,) if is_average and kernels.is_cmsis else ())


def softmax(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Tables of int16; a row of sums to esp-nn."""
    source = tensor_of(model, operator.input(0))
    tables = (2 * 513,) * 2 if source.type is TensorType.INT16 else ()
    return Memory(tables, (4 * (source.shape or (1,))[-1],) if kernels.is_esp else ())


def reduce(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Sums, positions and axes."""
    source, axes = (tensor_of(model, operator.input(position)) for position in (0, 1))
    outputs = output_of(model, operator).elements
    return Memory(scratch=(4 * outputs, 4 * len(source.shape), 4 * axes.elements))


def extreme(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Positions and axes."""
    source, axes = (tensor_of(model, operator.input(position)) for position in (0, 1))
    return Memory(scratch=(4 * len(source.shape), 4 * axes.elements))


def _refuse_cmsis(operator: Operator, kernels: Kernels) -> None:
    """Of whose kernels there nothing is written here."""
    if kernels.is_cmsis:
        raise unknown(operator.opcode, " with CMSIS-NN")


def svdf(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Sums of all filters, and of int8 the outputs before they are rescaled."""
    _refuse_cmsis(operator, kernels)
    source, features = (tensor_of(model, operator.input(position)) for position in (0, 1))
    batches, filters = rows_of(source), rows_of(features)
    sums = (4 * output_of(model, operator).elements,) if features.type is TensorType.INT8 else ()
    return Memory(scratch=(4 * batches * filters, *sums))


def lstm(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Four gates, each as large as the cell state."""
    _refuse_cmsis(operator, kernels)
    cells = tensor_of(model, operator.input(_CELL_STATE))
    return Memory(scratch=(cells.elements * cells.type.bits // 8,) * 4)


_CELL_STATE = 19
"""The input of UNIDIRECTIONAL_SEQUENCE_LSTM that is it."""


def transpose_conv(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Multipliers and shifts, sums of all outputs, and biases of int16 widened."""
    _refuse_cmsis(operator, kernels)
    weights, source = (tensor_of(model, operator.input(position)) for position in (1, 2))
    width = {TensorType.INT8: 4, TensorType.INT16: 8}.get(source.type)
    bias = model.tensors[operator.input(3)] if operator.input(3) >= 0 else None
    biases = (8 * bias.elements,) if bias is not None and bias.type is TensorType.INT16 else ()
    scratch = (width * output_of(model, operator).elements,) if width else ()
    return Memory((4 * rows_of(weights),) * 2, (*scratch, *biases))


def batch_matmul(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """The turned operands: tensor, shape and elements."""
    _refuse_cmsis(operator, kernels)
    if not isinstance(operator.options, BatchMatMulOptions):
        raise no_options(operator)
    one, two = (tensor_of(model, operator.input(position)) for position in (0, 1))
    persistent = [28] if one.type in (TensorType.INT8, TensorType.INT16) else []
    for tensor, is_turned in ((one, operator.options.adj_x), (two, not operator.options.adj_y)):
        if is_turned:  # a TfLiteEvalTensor, its shape and its elements
            persistent += [24, 4 + 4 * len(tensor.shape), tensor.elements * tensor.type.bits // 8]
    return Memory(tuple(persistent))


def nothing(model: Model, operator: Operator, kernels: Kernels) -> Memory:
    """Of operators that ask for no more than Init does."""
    return Memory()
