"""READ_VARIABLE, after with_variables (variables.py): a copy out of the state."""

from __future__ import annotations

from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import Instance
from .view import same_elements


def lower(instance: Instance) -> Lowered:
    """One copy."""
    shape = instance.required(0).shape
    return copying.lower_moves(instance, [copying.whole(0, shape, shape, (0,) * len(shape))])


SUPPORT = Support(
    opcode="READ_VARIABLE",
    summary="State is memory beside the arena.",
    kernels=("tinyml_copy",),
    rules=((operands(1),), (copying.one_type(),), (same_elements,)),
    lower=lower,
    types=(),
)
