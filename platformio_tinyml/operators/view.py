"""Operators that only give a tensor another shape: the output is the input's memory, and there is no call."""

from __future__ import annotations

from ..program import View
from . import interval_rules
from .common import computed_input, operands
from .lowering import C_TYPES, Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def same_type(instance: Instance) -> str | None:
    """Input and output are of one type of whole bytes."""
    types = instance.required(0).type, instance.output.type
    return f"{types[0].name} and {types[1].name}" if types[0] is not types[1] or types[0].name not in C_TYPES else None


@rule(CONVERT_AGAIN)
def same_elements(instance: Instance) -> str | None:
    """Input and output have equally many elements."""
    shapes = instance.required(0).shape, instance.output.shape
    if instance.required(0).elements == instance.output.elements:
        return None
    return f"{list(shapes[0])} and {list(shapes[1])}"


def lower(instance: Instance) -> Lowered:
    """One view."""
    return Lowered(views=(View(instance.output.index, of=instance.required(0).index),))


def support(opcode: str, optional_inputs: int) -> Support:
    """The entry of one such operator. Inputs after the first say what the output's shape says too."""
    return Support(
        opcode=opcode,
        summary="Costs nothing: the output is a view of the input.",
        kernels=(),
        rules=((operands(1, optional_inputs),), (same_type, computed_input), (same_elements,)),
        lower=lower,
        interval=interval_rules.same_values,
        types=(),
    )
