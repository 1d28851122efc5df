"""SPLIT_V."""

from __future__ import annotations

from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def parts_of_the_input(instance: Instance) -> str | None:
    """Along the axis, one number, the outputs together are as long as the input, along the others each is."""
    axes, shape = copying.integers(instance.required(2)), instance.required(0).shape
    outputs = [instance.model.tensors[index].shape for index in instance.operator.outputs]
    found = f"{shape} to {outputs}, axis {list(axes)}"
    if len(axes) != 1 or not -len(shape) <= axes[0] < len(shape) or any(len(each) != len(shape) for each in outputs):
        return found
    axis = axes[0] % len(shape)
    rest = {(*each[:axis], *each[axis + 1 :]) for each in (shape, *outputs)}
    return found if len(rest) > 1 or sum(each[axis] for each in outputs) != shape[axis] else None


def lower(instance: Instance) -> Lowered:
    """One copy for each output."""
    shape = instance.required(0).shape
    axis, sources, at, moves = copying.integers(instance.required(2))[0] % len(shape), copying.strides(shape), 0, []
    for number, index in enumerate(instance.operator.outputs):
        part = instance.model.tensors[index].shape
        dimensions = tuple(map(copying.Dimension, part, sources, copying.strides(part)))
        moves.append(copying.Move(0, dimensions, start=at * sources[axis], output=number))
        at += part[axis]
    return copying.lower_moves(instance, moves)


SUPPORT = Support(
    opcode="SPLIT_V",
    summary="Along a constant axis.",
    kernels=("tinyml_copy",),
    rules=(
        (operands(3, outputs=None),),
        (copying.one_type(0), copying.constant_integers(2, "axis")),
        (parts_of_the_input,),
    ),
    lower=lower,
    types=(),
)
