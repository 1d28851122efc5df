"""LOGICAL_NOT."""

from __future__ import annotations

from . import copying
from .common import computed_input, operands
from .elementwise import same_shape
from .lowering import Support
from .unary import lower_table

SUPPORT = Support(
    opcode="LOGICAL_NOT",
    summary="A table.",
    kernels=("tinyml_table_s8",),
    rules=((operands(1),), (copying.one_type(0), computed_input, same_shape)),
    lower=lambda instance: lower_table(instance, [1, *(0,) * 255]),
    types=("BOOL",),
)
