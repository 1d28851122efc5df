"""Operators that make channel c of their output of channel c of each input: elementwise ones and pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..model import Operator, Tensor
from ..operators.interval import Interval, channels_of
from ..operators.rules import Instance
from .classes import Classes
from .edit import Edit, picked


def connect(instance: Instance, values: Mapping[int, Interval], classes: Classes) -> None:
    """What is broadcast along the channels holds them all."""
    output = instance.output
    channels = channels_of(output)
    for tensor in instance.inputs:
        if tensor.is_constant:
            continue
        if channels_of(tensor) != channels:
            classes.keep_all(tensor)
            classes.keep_all(output)
            continue
        for channel in range(channels):
            classes.join(tensor, channel, output, channel)


def rebuild(instance: Instance, values: Mapping[int, Interval], edit: Edit) -> Operator:
    """The same operator; a constant is cut as the others are, unless it is broadcast along the channels."""
    output = instance.output
    if not edit.loses(output):
        return instance.operator

    def cut(index: int) -> int:
        tensor = instance.model.tensors[index]
        if index < 0 or not tensor.is_constant or channels_of(tensor) != channels_of(output):
            return index
        return _cut(tensor, output, edit)

    return replace(instance.operator, inputs=tuple(map(cut, instance.operator.inputs)))


def _cut(tensor: Tensor, output: Tensor, edit: Edit) -> int:
    kept, channels = edit.kept(output), channels_of(tensor)
    stay = [row + channel for row in range(0, tensor.elements, channels) for channel in kept]
    data = picked(tensor.data or b"", stay, tensor.type.bits // 8)
    return edit.constant(replace(tensor, shape=(*tensor.shape[:-1], len(kept)), data=data))
