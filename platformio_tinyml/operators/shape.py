"""SHAPE."""

from __future__ import annotations

import struct

from . import copying
from .common import operands
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def dimensions_as_integers(instance: Instance) -> str | None:
    """The output is int32 and has as many elements as the input has dimensions, one or more."""
    rank, output = len(instance.required(0).shape), instance.output
    fits = output.type.name == "INT32" and output.elements == rank
    return None if fits else f"{output.type.name}, {output.elements} elements of {rank}"


def lower(instance: Instance) -> Lowered:
    """One copy of what is known."""
    shape = instance.required(0).shape
    return copying.lower_known(instance, struct.pack(f"<{len(shape)}i", *shape))


SUPPORT = Support(
    opcode="SHAPE",
    summary="All shapes are known: a copy of a table.",
    kernels=("tinyml_copy",),
    rules=((operands(1),), (dimensions_as_integers,)),
    lower=lower,
    types=(),
)
