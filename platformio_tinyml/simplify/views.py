"""RESHAPE and its like: a channel of one side is one or several of the other, if one depth divides the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..model import Operator, ReshapeOptions
from ..operators.interval import Interval, channels_of
from ..operators.rules import Instance
from .classes import Classes
from .edit import Edit


def connect(instance: Instance, values: Mapping[int, Interval], classes: Classes) -> None:
    """Elements keep their order."""
    source, output = instance.required(0), instance.output
    one, two = channels_of(source), channels_of(output)
    if max(one, two) % min(one, two) or not (source.shape and output.shape):
        classes.keep_all(source)
        classes.keep_all(output)
        return
    for channel in range(max(one, two)):
        classes.join(source, channel % one, output, channel % two)


def rebuild(instance: Instance, values: Mapping[int, Interval], edit: Edit) -> Operator:
    """With the new shape in the options alone."""
    operator, output = instance.operator, instance.output
    if not edit.loses(output):
        return operator
    if not isinstance(operator.options, ReshapeOptions):
        return operator
    return replace(operator, inputs=operator.inputs[:1], options=ReshapeOptions(edit.tensors[output.index].shape))
