"""CAST."""

from __future__ import annotations

from ..program import KernelCall, Params, TensorRef
from .common import computed_input, operands
from .element_types import ELEMENT_TYPES
from .elementwise import in_place, same_shape
from .lowering import Lowered, Support
from .rules import REPLACE, Instance, rule


@rule(REPLACE)
def known_types(instance: Instance) -> str | None:
    """The input is int8, bool, int16, int32 or float32, the output one of these but bool: those that TFLM casts."""
    types = instance.required(0).type.name, instance.output.type.name
    known = types[0] in ELEMENT_TYPES and types[1] in ELEMENT_TYPES and types[1] != "BOOL"
    return None if known else f"{types[0]} to {types[1]}"


def lower(instance: Instance) -> Lowered:
    """One call."""
    source, output = instance.required(0), instance.output
    fields = (
        ("size", source.elements),
        ("from", ELEMENT_TYPES.index(source.type.name)),
        ("to", ELEMENT_TYPES.index(output.type.name)),
    )
    call = KernelCall(
        function="tinyml_cast",
        params=Params("tinyml_cast_params", fields),
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
    )
    return Lowered(call, in_place=(in_place(source, output),))


SUPPORT = Support(
    opcode="CAST",
    summary="Floats towards 0, what int32 does not hold to its nearest; scales are not looked at.",
    kernels=("tinyml_cast",),
    rules=((operands(1),), (known_types, computed_input, same_shape)),
    lower=lower,
    types=(),
)
