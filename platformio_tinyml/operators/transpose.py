"""TRANSPOSE."""

from __future__ import annotations

from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule


@rule(CONVERT_AGAIN)
def permutation(instance: Instance) -> str | None:
    """The permutation names each dimension once, and makes the output's shape of the input's."""
    shape, order = instance.required(0).shape, copying.integers(instance.required(1))
    if sorted(order) == list(range(len(shape))) and tuple(shape[axis] for axis in order) == instance.output.shape:
        return None
    return f"{shape} by {list(order)} to {instance.output.shape}"


@rule(REPLACE)
def few_loops(instance: Instance) -> str | None:
    """Dimensions that stay neighbours are one, and at most five are left besides a run."""
    return copying.fits(_moves(instance))


def lower(instance: Instance) -> Lowered:
    """One copy."""
    return copying.lower_moves(instance, _moves(instance))


def _moves(instance: Instance) -> tuple[copying.Move, ...]:
    sources, target = copying.strides(instance.required(0).shape), instance.output.shape
    order = copying.integers(instance.required(1))
    dimensions = map(copying.Dimension, target, (sources[axis] for axis in order), copying.strides(target))
    return (copying.Move(0, tuple(dimensions)),)


SUPPORT = Support(
    opcode="TRANSPOSE",
    summary="The permutation is a constant.",
    kernels=("tinyml_copy",),
    rules=(
        (operands(2),),
        (copying.one_type(0), copying.constant_integers(1, "permutation")),
        (permutation,),
        (few_loops,),
    ),
    lower=lower,
    types=(),
)
