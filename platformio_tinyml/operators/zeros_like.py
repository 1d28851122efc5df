"""ZEROS_LIKE."""

from __future__ import annotations

from . import copying
from .common import operands
from .elementwise import same_shape
from .lowering import Lowered, Support
from .rules import Instance


def lower(instance: Instance) -> Lowered:
    """One call. The bytes are 0, whatever the zero point, as in TFLM."""
    return Lowered(copying.fill_call(instance, bytes(instance.output.type.bits // 8)))


SUPPORT = Support(
    opcode="ZEROS_LIKE",
    summary="Bytes of 0, also where the zero point is another.",
    kernels=("tinyml_fill",),
    rules=((operands(1),), (copying.one_type(0), same_shape)),
    lower=lower,
    types=(),
)
