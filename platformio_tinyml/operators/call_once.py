"""CALL_ONCE: no call; what it says is known when C is generated (variables.py)."""

from __future__ import annotations

from ..model import CallOnceOptions
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def options_in_the_file(instance: Instance) -> str | None:
    """Its options are in the file."""
    return None if isinstance(instance.operator.options, CallOnceOptions) else "no options"


SUPPORT = Support(
    opcode="CALL_ONCE",
    summary="Costs nothing: state is memory beside the arena.",
    kernels=(),
    rules=((options_in_the_file,),),
    lower=lambda _: Lowered(),
    types=(),
)
