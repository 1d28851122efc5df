"""PACK."""

from __future__ import annotations

from ..model import AxisOptions
from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def stacked_shapes(instance: Instance) -> str | None:
    """The output has one dimension more than each input, at the axis, as long as there are inputs."""
    axis, shapes = _axis(instance), {tensor.shape for tensor in instance.inputs}
    found = f"{sorted(shapes)} to {instance.output.shape}, axis {axis}"
    if len(shapes) > 1 or not 0 <= axis < len(instance.output.shape):
        return found
    (shape,) = shapes
    return found if (*shape[:axis], len(instance.inputs), *shape[axis:]) != instance.output.shape else None


def lower(instance: Instance) -> Lowered:
    """One copy for each input."""
    axis, moves = _axis(instance), []
    for position, tensor in enumerate(instance.inputs):
        shape = (*tensor.shape[:axis], 1, *tensor.shape[axis:])
        start = [position if dimension == axis else 0 for dimension in range(len(shape))]
        moves.append(copying.whole(position, shape, instance.output.shape, start))
    return copying.lower_moves(instance, moves)


def _axis(instance: Instance) -> int:
    axis = instance.options(AxisOptions).axis
    return axis + len(instance.output.shape) if axis < 0 else axis


SUPPORT = Support(
    opcode="PACK",
    summary="Along any axis; constants too.",
    kernels=("tinyml_copy",),
    rules=((operands(1, 63, AxisOptions),), (copying.one_type(),), (stacked_shapes,)),
    lower=lower,
    types=(),
)
