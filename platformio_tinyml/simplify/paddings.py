"""PAD as the padding of the operator behind it, where that is the padding SAME of its window."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace

from ..model import Conv2DOptions, DepthwiseConv2DOptions, Model, Operator, Padding, Pool2DOptions, Tensor, TensorType
from ..operators import spatial
from ..operators.rules import Instance
from .graph import listed, readers, with_operators

_OPCODES = ("CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D")


def fold_padding(model: Model, steps: list[str]) -> Model:
    """Convolutions pad with the zero point, as PAD does; MAX_POOL_2D with what never is the largest."""
    read, gone, changed = readers(model), [], []
    for operator in model.operators:
        if operator.opcode not in ("PAD", "PADV2") or not _is_whole(operator):
            continue
        behind = read.get(operator.outputs[0], [])
        if len(behind) == 1 and operator.outputs[0] not in model.outputs and _fits(model, operator, behind[0]):
            gone.append(operator)
            changed.append(_padded(operator, behind[0]))
    if not gone:
        return model
    steps.append(f"Done by the operator that follows: {listed(gone)}")
    return with_operators(model, changed, {operator.index for operator in gone})


def _is_whole(pad: Operator) -> bool:
    """Whether it has the operands that it needs; simplification comes before the rules."""
    return len(pad.outputs) == 1 and len(pad.inputs) >= 2 and min(pad.inputs) >= 0


def _padded(pad: Operator, behind: Operator) -> Operator:
    options = behind.options
    if not isinstance(options, Conv2DOptions | DepthwiseConv2DOptions | Pool2DOptions):
        raise LookupError(f"options of operator {behind.index}")
    inputs = (pad.inputs[0], *behind.inputs[1:])
    return replace(behind, inputs=inputs, options=replace(options, padding=Padding.SAME))


def _fits(model: Model, pad: Operator, behind: Operator) -> bool:
    """Whether the windows of `behind` fall on the same elements when it pads itself."""
    source, between = model.tensors[pad.inputs[0]], model.tensors[pad.outputs[0]]
    options = behind.options
    if behind.opcode not in _OPCODES or behind.inputs[0] != between.index or len(behind.outputs) != 1:
        return False
    if not isinstance(options, Conv2DOptions | DepthwiseConv2DOptions | Pool2DOptions):
        return False
    if options.padding is not Padding.VALID or not _is_plain(source, between):
        return False
    amounts, value = _amounts(model.tensors[pad.inputs[1]]), _value(model, pad, between)
    zero_point = between.quantization.zero_point[0] if between.quantization else 0
    wanted = -128 if behind.opcode == "MAX_POOL_2D" else zero_point
    if len(amounts) != 8 or min(amounts) < 0 or amounts[:2] + amounts[6:] != (0, 0, 0, 0) or value != wanted:
        return False
    shape = (source.shape[0], *(source.shape[d] + sum(amounts[2 * d : 2 * d + 2]) for d in (1, 2)), source.shape[3])
    if shape != between.shape:
        return False
    return _same_windows(model, _padded(pad, behind), behind, (amounts[2], amounts[4]))


def _same_windows(model: Model, padded: Operator, plain: Operator, before: Sequence[int]) -> bool:
    tensors = [model.tensors[index] for index in (*plain.inputs[1:2], *plain.outputs)]
    if any(len(tensor.shape) != 4 or 0 in tensor.shape for tensor in tensors):
        return False
    one, two = (spatial.axes(Instance(model, operator)) for operator in (padded, plain))
    if any(axis.stride < 1 or axis.dilation < 1 or axis.taps < 1 for axis in one):
        return False
    return all(
        ours.output_size == theirs.output_size and ours.pad == amount
        for ours, theirs, amount in zip(one, two, before, strict=True)
    )


def _is_plain(source: Tensor, between: Tensor) -> bool:
    """Whether both are int8, or int16, of one scale and zero point, of four fixed dimensions, computed."""
    quantization = between.quantization
    return (
        source.type is between.type
        and source.type in (TensorType.INT8, TensorType.INT16)
        and quantization is not None
        and len(quantization.scale) == 1
        and source.quantization == quantization
        and len(source.shape) == len(between.shape) == 4
        and 0 not in source.shape
        and not (source.is_dynamic or between.is_dynamic or source.is_constant or source.is_variable)
    )


def _amounts(paddings: Tensor) -> tuple[int, ...]:
    """(before, after) per dimension; () where they are not known."""
    code = {TensorType.INT32: "i", TensorType.INT64: "q"}.get(paddings.type)
    if paddings.data is None or code is None or len(paddings.data) != paddings.size:
        return ()
    return struct.unpack(f"<{paddings.elements}{code}", paddings.data)


def _value(model: Model, pad: Operator, between: Tensor) -> int | None:
    """What is padded with; None where that is not known."""
    if pad.opcode == "PAD":
        return between.quantization.zero_point[0] if len(pad.inputs) == 2 and between.quantization else None
    value = model.tensors[pad.inputs[2]] if len(pad.inputs) == 3 else None
    if value is None or value.data is None or value.type is not TensorType.INT8 or value.elements != 1:
        return None
    return int(struct.unpack("<b", value.data)[0])
