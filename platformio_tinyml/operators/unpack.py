"""UNPACK."""

from __future__ import annotations

from ..model import AxisOptions
from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def unstacked_shapes(instance: Instance) -> str | None:
    """There are as many outputs as the input is long along the axis, which they lack."""
    axis, shape = _axis(instance), instance.required(0).shape
    outputs = [instance.model.tensors[index].shape for index in instance.operator.outputs]
    found = f"{shape} to {outputs}, axis {axis}"
    if not 0 <= axis < len(shape) or len(outputs) != shape[axis]:
        return found
    return found if set(outputs) != {(*shape[:axis], *shape[axis + 1 :])} else None


def lower(instance: Instance) -> Lowered:
    """One copy for each output."""
    axis, shape = _axis(instance), instance.required(0).shape
    sources = copying.strides(shape)
    rest = [dimension for dimension in range(len(shape)) if dimension != axis]
    targets = copying.strides([shape[dimension] for dimension in rest])
    dimensions = tuple(
        copying.Dimension(shape[dimension], sources[dimension], target)
        for dimension, target in zip(rest, targets, strict=True)
    )
    moves = [copying.Move(0, dimensions, start=n * sources[axis], output=n) for n in range(shape[axis])]
    return copying.lower_moves(instance, moves)


def _axis(instance: Instance) -> int:
    axis = instance.options(AxisOptions).axis
    return axis + len(instance.required(0).shape) if axis < 0 else axis


SUPPORT = Support(
    opcode="UNPACK",
    summary="Along any axis.",
    kernels=("tinyml_copy",),
    rules=((operands(1, 0, AxisOptions, outputs=None),), (copying.one_type(0),), (unstacked_shapes,)),
    lower=lower,
    types=(),
)
