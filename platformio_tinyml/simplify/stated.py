"""Shapes that operators read although the file states what they are: of fixed tensors there is only one answer."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

from ..model import Model, Operator, Tensor, TensorType
from .graph import listed, with_operators


def fix_shapes(model: Model, steps: list[str]) -> Model:
    """What is computed, and the shape of the output says too, is a constant."""
    tensors, changed = list(model.tensors), []
    for operator in model.operators:
        shape = _stated(model, operator)
        if shape is not None:
            position = _STATED[operator.opcode][0]
            changed.append(_with_input(operator, position, len(tensors)))
            tensors.append(_constant(len(tensors), model.tensors[operator.inputs[position]].name, shape))
    if not changed:
        return model
    steps.append(f"Shapes that are computed and known: of {listed(changed)}")
    return replace(with_operators(model, changed), tensors=tuple(tensors))


def _stated(model: Model, operator: Operator) -> tuple[int, ...] | None:
    """None where the operator has no such input, it is a constant, or the file leaves the output's shape open."""
    position, answer = _STATED.get(operator.opcode, (0, None))
    if answer is None or len(operator.inputs) <= position or min(operator.inputs) < 0 or len(operator.outputs) != 1:
        return None
    asked, output = model.tensors[operator.inputs[position]], model.tensors[operator.outputs[0]]
    sources = [model.tensors[index] for place, index in enumerate(operator.inputs) if place != position]
    fixed = not any(tensor.is_dynamic or 0 in tensor.shape for tensor in (*sources, output))
    if asked.is_constant or asked.type not in (TensorType.INT32, TensorType.INT64) or not fixed:
        return None
    shape = answer(output)
    return shape if asked.is_dynamic or asked.elements == len(shape) else None


def _with_input(operator: Operator, position: int, index: int) -> Operator:
    return replace(operator, inputs=(*operator.inputs[:position], index, *operator.inputs[position + 1 :]))


def _constant(index: int, name: str, shape: tuple[int, ...]) -> Tensor:
    data = struct.pack(f"<{len(shape)}i", *shape)
    return Tensor(index, name, (len(shape),), TensorType.INT32, data=data)


def _whole(output: Tensor) -> tuple[int, ...]:
    return output.shape


def _height_and_width(output: Tensor) -> tuple[int, ...]:
    return output.shape[1:3]


_STATED: dict[str, tuple[int, Callable[[Tensor], tuple[int, ...]]]] = {
    "BROADCAST_TO": (1, _whole),
    "FILL": (0, _whole),
    "RESHAPE": (1, _whole),
    "RESIZE_BILINEAR": (1, _height_and_width),
    "RESIZE_NEAREST_NEIGHBOR": (1, _height_and_width),
    "SLICE": (2, _whole),
    "TRANSPOSE_CONV": (0, _whole),
}
"""Which input it is, and what the output says about it."""
