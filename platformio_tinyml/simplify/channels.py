"""Channels that never change, taken out: who needs which, and the model without the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..model import Model, Operator
from ..operators.interval import Interval
from ..operators.rules import Instance
from . import alike, dense, depthwise, joins, reductions, views
from .classes import Classes
from .edit import Edit


@dataclass(frozen=True, slots=True)
class Kind:
    """How the channels of an operator's tensors depend on each other, and the operator when some are gone.

    `connect` says which stay whatever happens, and which can only go together; where one side says nothing, a channel
    may go on its own. `rebuild` gives the operator with its constants cut.
    """

    connect: Callable[[Instance, Mapping[int, Interval], Classes], None]
    rebuild: Callable[[Instance, Mapping[int, Interval], Edit], Operator]


_ELEMENTWISE = (
    *("ABS", "ADD", "DEQUANTIZE", "ELU", "HARD_SWISH", "LEAKY_RELU", "LOGISTIC", "MAXIMUM", "MINIMUM", "MUL"),
    *("NEG", "QUANTIZE", "RELU", "RELU6", "SQUARE", "SUB", "TANH"),
)
_DENSE = Kind(dense.connect, dense.rebuild)
_ALIKE = Kind(alike.connect, alike.rebuild)
_VIEW = Kind(views.connect, views.rebuild)
KINDS = {
    "CONV_2D": _DENSE,
    "FULLY_CONNECTED": _DENSE,
    "DEPTHWISE_CONV_2D": Kind(depthwise.connect, depthwise.rebuild),
    "CONCATENATION": Kind(joins.connect, joins.unchanged),
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"), Kind(reductions.connect, joins.unchanged)),
    **dict.fromkeys(("PAD", "PADV2"), Kind(alike.connect, joins.unchanged)),
    **dict.fromkeys(("RESHAPE", "SQUEEZE", "EXPAND_DIMS"), _VIEW),
    **dict.fromkeys((*_ELEMENTWISE, "AVERAGE_POOL_2D", "MAX_POOL_2D"), _ALIKE),
}
"""Of all other operators every channel stays."""

FILTERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


@dataclass(frozen=True, slots=True)
class Channels:
    """Output channels of the operators with filters: all, those proven to have one value, those taken out.

    What is taken out may be of more than one value: a channel that is read for constant ones alone goes with them.
    """

    all: int = 0
    constant: int = 0
    removed: int = 0


def count_channels(model: Model, values: Mapping[int, Interval], kept: Mapping[int, tuple[int, ...]]) -> Channels:
    """Of the operators with filters."""
    total = constant = removed = 0
    for operator in model.operators:
        if operator.opcode in FILTERS and (index := operator.outputs[0]) in values:
            bounds = values[index]
            channels = len(bounds.low)
            total += channels
            constant += sum(map(bounds.constant, range(channels)))
            removed += channels - len(kept.get(index, range(channels)))
    return Channels(total, constant, removed)


def kept_channels(model: Model, values: Mapping[int, Interval]) -> dict[int, tuple[int, ...]]:
    """The channels that stay, of all tensors that can lose some. The model breaks no rule."""
    classes = Classes(model)
    for index in (*model.inputs, *model.outputs):
        classes.keep_all(model.tensors[index])
    for operator in model.operators:
        instance = Instance(model, operator)
        if operator.opcode in KINDS:
            KINDS[operator.opcode].connect(instance, values, classes)
        else:
            for tensor in (*instance.inputs, *(model.tensors[index] for index in operator.outputs)):
                classes.keep_all(tensor)
    classes.keep_one()
    return classes.shrunk()


def take_out(model: Model, values: Mapping[int, Interval], kept: Mapping[int, tuple[int, ...]]) -> Model:
    """The model with only the channels in `kept`; tensors and operators keep their numbers."""
    edit = Edit(model, kept)
    operators = tuple(
        KINDS[operator.opcode].rebuild(Instance(model, operator), values, edit)
        if operator.opcode in KINDS
        else operator
        for operator in model.operators
    )
    return replace(model, tensors=tuple(edit.tensors), operators=operators)
