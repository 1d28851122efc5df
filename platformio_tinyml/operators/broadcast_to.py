"""BROADCAST_TO."""

from __future__ import annotations

from . import copying
from .common import operands
from .interval_rules import source_values
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule


@rule(CONVERT_AGAIN)
def broadcast_shape(instance: Instance) -> str | None:
    """The shape is the output's, and the input's dimensions, counted from the last, are 1 or the output's."""
    shape, output = instance.required(0).shape, instance.output.shape
    given = copying.integers(instance.required(1))
    fits = len(shape) <= len(output) and given == output
    pairs = zip(reversed(shape), reversed(output), strict=False)
    return None if fits and all(size in (1, new) for size, new in pairs) else f"{list(shape)} to {list(output)}"


@rule(REPLACE)
def few_loops(instance: Instance) -> str | None:
    """Dimensions that are repeated alike are one, and the copies need at most five loops."""
    return copying.fits(_moves(instance))


def lower(instance: Instance) -> Lowered:
    """One copy."""
    return copying.lower_moves(instance, _moves(instance))


def _moves(instance: Instance) -> list[copying.Move]:
    output = instance.output.shape
    shape = (1,) * (len(output) - len(instance.required(0).shape)) + instance.required(0).shape
    sources = (step if size > 1 else 0 for size, step in zip(shape, copying.strides(shape), strict=True))
    return [copying.Move(0, tuple(map(copying.Dimension, output, sources, copying.strides(output))))]


SUPPORT = Support(
    opcode="BROADCAST_TO",
    summary="The shape is a constant.",
    kernels=("tinyml_copy",),
    rules=(
        (operands(2),),
        (copying.one_type(0), copying.constant_integers(1, "shape")),
        (broadcast_shape,),
        (few_loops,),
    ),
    lower=lower,
    interval=source_values,
    types=(),
)
