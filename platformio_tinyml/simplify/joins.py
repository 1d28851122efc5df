"""CONCATENATION: channel by channel, one input behind the other, or all inputs alike."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Operator
from ..operators.interval import Interval, channels_of
from ..operators.rules import Instance
from . import alike
from .classes import Classes
from .edit import Edit


def connect(instance: Instance, values: Mapping[int, Interval], classes: Classes) -> None:
    """The axis follows from the shapes: depths that add up are joined along the last."""
    output, first = instance.output, 0
    if any(tensor.is_constant for tensor in instance.inputs):
        for tensor in (*instance.inputs, output):
            classes.keep_all(tensor)
    elif sum(map(channels_of, instance.inputs)) != channels_of(output):
        alike.connect(instance, values, classes)
    else:
        for tensor in instance.inputs:
            for channel in range(channels_of(tensor)):
                classes.join(tensor, channel, output, first + channel)
            first += channels_of(tensor)


def unchanged(instance: Instance, values: Mapping[int, Interval], edit: Edit) -> Operator:
    """Only its tensors have changed."""
    return instance.operator
