"""SLICE."""

from __future__ import annotations

from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def inside_the_input(instance: Instance) -> str | None:
    """begin and size have a number for each dimension, and name the output's shape within the input; -1 is the rest."""
    shape, begin, size = _slice(instance)
    found = f"{shape}, begin {list(begin)}, size {list(size)} to {instance.output.shape}"
    if not len(shape) == len(begin) == len(size):
        return found
    inside = all(b >= 0 and s > 0 and b + s <= whole for whole, b, s in zip(shape, begin, size, strict=True))
    return None if inside and tuple(size) == instance.output.shape else found


def lower(instance: Instance) -> Lowered:
    """One copy."""
    shape, begin, size = _slice(instance)
    sources = copying.strides(shape)
    dimensions = tuple(map(copying.Dimension, size, sources, copying.strides(size)))
    start = sum(b * step for b, step in zip(begin, sources, strict=True))
    return copying.lower_moves(instance, [copying.Move(0, dimensions, start=start)])


def _slice(instance: Instance) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    shape = instance.required(0).shape
    begin, size = (copying.integers(instance.required(position)) for position in (1, 2))
    if len(shape) == len(begin) == len(size):
        size = tuple(whole - b if s == -1 else s for whole, b, s in zip(shape, begin, size, strict=True))
    return shape, begin, size


SUPPORT = Support(
    opcode="SLICE",
    summary="begin and size are constants.",
    kernels=("tinyml_copy",),
    rules=(
        (operands(3),),
        (copying.one_type(0), copying.constant_integers(1, "begin"), copying.constant_integers(2, "size")),
        (inside_the_input,),
    ),
    lower=lower,
    types=(),
)
