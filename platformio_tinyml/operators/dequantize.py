"""DEQUANTIZE."""

from __future__ import annotations

from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from .common import computed_input, operands
from .elements import INT8, Elements
from .elementwise import float_fields, in_place, same_shape
from .lowering import Lowered, Support
from .rules import QUANTIZE, Instance, rule


def support(elements: Elements) -> Support:
    """The entry of one type."""
    kernel = f"tinyml_dequantize_{elements.suffix}"

    @rule(QUANTIZE)
    def float_output(instance: Instance) -> str | None:
        """The output is float."""
        types = instance.required(0).type.name, instance.output.type.name
        return f"{types[0]} to {types[1]}" if types != (elements.type, "FLOAT32") else None

    def lower(instance: Instance) -> Lowered:
        source, output = instance.required(0), instance.output
        call = KernelCall(
            function=kernel,
            params=Params("tinyml_quantize_params", float_fields(source)),
            inputs=(TensorRef(source.index),),
            outputs=(output.index,),
            source=instance.operator,
            sweep=Sweep(Kind.FLAT),
        )
        return Lowered(call, in_place=(in_place(source, output),))

    return Support(
        opcode="DEQUANTIZE",
        summary="To float.",
        kernels=(kernel,),
        rules=((operands(1),), (float_output,), (elements.quantized, computed_input, same_shape)),
        lower=lower,
        types=(elements.type,),
    )


SUPPORT = support(INT8)
