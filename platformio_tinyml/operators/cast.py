"""CAST."""

from __future__ import annotations

from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from .common import computed_input, operands
from .elementwise import same_shape
from .lowering import Lowered, Support
from .rules import REPLACE, Instance, rule

TYPES = ("INT8", "INT16", "INT32", "UINT32", "FLOAT32", "BOOL", "INT64")
"""In the order of the kernels' enum."""
_CAST = TYPES[:-1]


@rule(REPLACE)
def known_types(instance: Instance) -> str | None:
    """It is between int8, int16, int32, uint32, float32 and bool."""
    source, output = instance.required(0).type.name, instance.output.type.name
    return None if source in _CAST and output in _CAST else f"{source} to {output}"


def lower(instance: Instance) -> Lowered:
    """One call. Source: cast.cc of tflite-micro, which leaves floats out of range to the compiler."""
    source = instance.required(0)
    fields = (
        ("size", source.elements),
        ("from", TYPES.index(source.type.name)),
        ("to", TYPES.index(instance.output.type.name)),
    )
    call = KernelCall(
        function="tinyml_cast",
        params=Params("tinyml_cast_params", fields),
        inputs=(TensorRef(source.index),),
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT),
    )
    return Lowered(call)


SUPPORT = Support(
    opcode="CAST",
    summary="Between int8, int16, int32, uint32, float32 and bool.",
    kernels=("tinyml_cast",),
    rules=((operands(1),), (known_types,), (computed_input, same_shape)),
    lower=lower,
    types=(),
)
