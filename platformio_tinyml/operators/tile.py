"""TILE."""

from __future__ import annotations

from . import copying
from .common import operands
from .interval_rules import source_values
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule


@rule(CONVERT_AGAIN)
def tiled_shape(instance: Instance) -> str | None:
    """There is a multiple of 1 or more for each dimension, and they make the output's shape of the input's."""
    shape, multiples = instance.required(0).shape, copying.integers(instance.required(1))
    found = f"{list(shape)} times {list(multiples)} to {list(instance.output.shape)}"
    if len(shape) != len(multiples) or min(multiples, default=1) < 1:
        return found
    expected = tuple(size * times for size, times in zip(shape, multiples, strict=True))
    return None if expected == instance.output.shape else found


@rule(REPLACE)
def few_loops(instance: Instance) -> str | None:
    """Dimensions that are repeated alike are one, and the copies need at most five loops."""
    return copying.fits(_moves(instance))


def lower(instance: Instance) -> Lowered:
    """One copy."""
    return copying.lower_moves(instance, _moves(instance))


def _moves(instance: Instance) -> list[copying.Move]:
    shape, multiples = instance.required(0).shape, copying.integers(instance.required(1))
    dimensions = []
    steps = zip(shape, multiples, copying.strides(shape), copying.strides(instance.output.shape), strict=True)
    for size, times, source, target in steps:
        dimensions += [copying.Dimension(times, 0, size * target), copying.Dimension(size, source, target)]
    return [copying.Move(0, tuple(dimensions))]


SUPPORT = Support(
    opcode="TILE",
    summary="The multiples are constants.",
    kernels=("tinyml_copy",),
    rules=(
        (operands(2),),
        (copying.one_type(0), copying.constant_integers(1, "multiples")),
        (tiled_shape,),
        (few_loops,),
    ),
    lower=lower,
    interval=source_values,
    types=(),
)
