"""BROADCAST_ARGS."""

from __future__ import annotations

import struct

from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def broadcast_result(instance: Instance) -> str | None:
    """The output, of the inputs' type, has as many elements as broadcasting the two shapes gives dimensions."""
    output = instance.output
    types = {tensor.type.name for tensor in (*instance.inputs, output)}
    shape = _shape(instance)
    if len(types) == 1 and shape is not None and len(shape) == output.elements:
        return None
    return f"{[list(copying.integers(tensor)) for tensor in instance.inputs]} to {list(output.shape)}"


def lower(instance: Instance) -> Lowered:
    """One copy of what is known."""
    shape = _shape(instance) or ()
    code = "i" if instance.output.type.name == "INT32" else "q"
    return copying.lower_known(instance, struct.pack(f"<{len(shape)}{code}", *shape))


def _shape(instance: Instance) -> tuple[int, ...] | None:
    one, two = (copying.integers(tensor) for tensor in instance.inputs)
    rank = max(len(one), len(two))
    pairs = list(zip(*((1,) * (rank - len(each)) + each for each in (one, two)), strict=True))
    fits = rank and all(1 in pair or pair[0] == pair[1] for pair in pairs)
    return tuple(b if a == 1 else a for a, b in pairs) if fits else None


SUPPORT = Support(
    opcode="BROADCAST_ARGS",
    summary="Of constants: a copy of a table.",
    kernels=("tinyml_copy",),
    rules=(
        (operands(2),),
        (copying.constant_integers(0, "one shape"), copying.constant_integers(1, "the other")),
        (broadcast_result,),
    ),
    lower=lower,
    types=(),
)
