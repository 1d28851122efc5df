"""CONCATENATION."""

from __future__ import annotations

from itertools import chain

from ..model import Activation, ConcatenationOptions
from . import copying
from .common import operands
from .interval import Interval, Known, union
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule


@rule(CONVERT_AGAIN)
def joined_shapes(instance: Instance) -> str | None:
    """Along the axis the output is as long as all inputs together, along the others as long as each."""
    axis, rank = _axis(instance), len(instance.output.shape)
    shapes = [tensor.shape for tensor in instance.inputs]
    found = f"{shapes} to {instance.output.shape}, axis {axis}"
    if not 0 <= axis < rank or any(len(shape) != rank for shape in shapes):
        return found
    rest = {(*shape[:axis], *shape[axis + 1 :]) for shape in (*shapes, instance.output.shape)}
    return found if len(rest) > 1 or sum(shape[axis] for shape in shapes) != instance.output.shape[axis] else None


@rule(REPLACE)
def one_quantization(instance: Instance) -> str | None:
    """There is no fused activation, and quantized inputs have the output's scale and zero point."""
    if instance.options(ConcatenationOptions).activation is not Activation.NONE:
        return instance.options(ConcatenationOptions).activation.name
    if instance.output.type.name not in ("INT8", "INT16"):
        return None
    known = [tensor.quantization for tensor in (*instance.inputs, instance.output)]
    pairs = {(each.scale, each.zero_point) for each in known if each is not None}
    return f"{len(pairs)} different ones" if len(pairs) > 1 else None


def lower(instance: Instance) -> Lowered:
    """One copy for each input."""
    axis, moves, at = _axis(instance), [], 0
    for position, tensor in enumerate(instance.inputs):
        start = [at if dimension == axis else 0 for dimension in range(len(tensor.shape))]
        moves.append(copying.whole(position, tensor.shape, instance.output.shape, start))
        at += tensor.shape[axis]
    return copying.lower_moves(instance, moves)


def interval(instance: Instance, known: Known) -> Interval:
    """Channel by channel: one input behind the other, or any of them."""
    inputs = [known(tensor) for tensor in instance.inputs]
    if _axis(instance) < len(instance.output.shape) - 1:
        return union(inputs)
    return Interval(tuple(chain(*(each.low for each in inputs))), tuple(chain(*(each.high for each in inputs))))


def _axis(instance: Instance) -> int:
    axis = instance.options(ConcatenationOptions).axis
    return axis + len(instance.output.shape) if axis < 0 else axis


SUPPORT = Support(
    opcode="CONCATENATION",
    summary="Along any axis; constants too.",
    kernels=("tinyml_copy",),
    rules=((operands(1, 63, ConcatenationOptions),), (copying.one_type(),), (joined_shapes, one_quantization)),
    lower=lower,
    interval=interval,
    types=(),
)
