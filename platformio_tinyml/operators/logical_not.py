"""LOGICAL_NOT."""

from __future__ import annotations

from .common import computed_input, operands
from .elementwise import same_shape
from .lowering import Support
from .rules import CONVERT_AGAIN, Instance, rule
from .unary import lower_table


@rule(CONVERT_AGAIN)
def booleans(instance: Instance) -> str | None:
    """Input and output are bool."""
    types = {tensor.type.name for tensor in (instance.required(0), instance.output)}
    return None if types == {"BOOL"} else " and ".join(sorted(types))


SUPPORT = Support(
    opcode="LOGICAL_NOT",
    summary="A table.",
    kernels=("tinyml_table_s8",),
    rules=((operands(1),), (booleans, computed_input, same_shape)),
    lower=lambda instance: lower_table(instance, [1, *(0,) * 255]),
    types=("BOOL",),
)
