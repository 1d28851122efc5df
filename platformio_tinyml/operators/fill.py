"""FILL."""

from __future__ import annotations

from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def one_value(instance: Instance) -> str | None:
    """The dimensions are the output's shape, and the value has one element."""
    given, value = copying.integers(instance.required(0)), instance.required(1)
    fits = given == instance.output.shape and value.elements == 1
    return None if fits else f"{value.elements} elements, {list(given)} for {list(instance.output.shape)}"


def lower(instance: Instance) -> Lowered:
    """One call."""
    value = instance.required(1)
    if value.data is not None:
        return Lowered(copying.fill_call(instance, value.data))
    return copying.lower_moves(instance, [copying.Move(1, (copying.Dimension(instance.output.elements, 0, 1),))])


SUPPORT = Support(
    opcode="FILL",
    summary="The dimensions are constants; the value may be computed.",
    kernels=("tinyml_copy", "tinyml_fill"),
    rules=((operands(2),), (copying.one_type(1), copying.constant_integers(0, "dimensions")), (one_value,)),
    lower=lower,
    types=(),
)
