"""REVERSE_V2."""

from __future__ import annotations

from . import copying
from .common import operands
from .elementwise import same_shape
from .interval_rules import source_values
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule


@rule(CONVERT_AGAIN)
def axes_of_the_input(instance: Instance) -> str | None:
    """The axes are dimensions of the input."""
    rank, axes = len(instance.required(0).shape), copying.integers(instance.required(1))
    return None if all(-rank <= axis < rank for axis in axes) else f"{list(axes)} of {rank} dimensions"


@rule(REPLACE)
def few_loops(instance: Instance) -> str | None:
    """Dimensions that are reversed alike are one, and the copies need at most five loops."""
    return copying.fits(_moves(instance))


def lower(instance: Instance) -> Lowered:
    """One copy."""
    return copying.lower_moves(instance, _moves(instance))


def _moves(instance: Instance) -> list[copying.Move]:
    shape = instance.required(0).shape
    reversed_ones = {axis % len(shape) for axis in copying.integers(instance.required(1))}
    dimensions, start = [], 0
    for axis, (size, step) in enumerate(zip(shape, copying.strides(shape), strict=True)):
        backwards = axis in reversed_ones
        dimensions.append(copying.Dimension(size, -step if backwards else step, step))
        start += (size - 1) * step if backwards else 0
    return [copying.Move(0, tuple(dimensions), start)]


SUPPORT = Support(
    opcode="REVERSE_V2",
    summary="The axes are constants.",
    kernels=("tinyml_copy",),
    rules=(
        (operands(2),),
        (copying.one_type(0), copying.constant_integers(1, "axes"), same_shape),
        (axes_of_the_input,),
        (few_loops,),
    ),
    lower=lower,
    interval=source_values,
    types=(),
)
