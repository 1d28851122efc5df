"""DEQUANTIZE."""

from __future__ import annotations

from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from .common import computed_input, operands, quantized_activations
from .elementwise import float_fields, in_place, same_shape
from .lowering import Lowered, Support
from .rules import QUANTIZE, Instance, rule


@rule(QUANTIZE)
def int8_to_float(instance: Instance) -> str | None:
    """The input is int8, the output float."""
    types = instance.required(0).type.name, instance.output.type.name
    return f"{types[0]} to {types[1]}" if types != ("INT8", "FLOAT32") else None


def lower(instance: Instance) -> Lowered:
    """One call."""
    source, output = instance.required(0), instance.output
    call = KernelCall(
        function="tinyml_dequantize_s8",
        params=Params("tinyml_quantize_params", float_fields(source)),
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT),
    )
    return Lowered(call, in_place=(in_place(source, output),))


SUPPORT = Support(
    opcode="DEQUANTIZE",
    summary="To float.",
    kernels=("tinyml_dequantize_s8",),
    rules=((operands(1),), (int8_to_float,), (quantized_activations, computed_input, same_shape)),
    lower=lower,
)
