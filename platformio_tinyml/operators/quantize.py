"""QUANTIZE: of float, or from one scale and zero point to others."""

from __future__ import annotations

from ..model import Tensor
from ..program import KernelCall, Params, TensorRef
from ..program.fixed_point import quantize_multiplier
from . import interval_rules
from .common import computed_input, operands, quantized_activations, scale_of, zero_point_of
from .elementwise import float_fields, in_place, same_shape
from .lowering import Lowered, Support
from .rules import QUANTIZE, REPLACE, Instance, rule


@rule(QUANTIZE)
def float_or_int8_to_int8(instance: Instance) -> str | None:
    """The input is float or int8, the output int8."""
    types = instance.required(0).type.name, instance.output.type.name
    return f"{types[0]} to {types[1]}" if types not in (("FLOAT32", "INT8"), ("INT8", "INT8")) else None


@rule(REPLACE)
def representable_ratio(instance: Instance) -> str | None:
    """Between int8 tensors input scale / output scale is below 2**30."""
    source = instance.required(0)
    if source.type.name != "INT8":
        return None
    try:
        shift = quantize_multiplier(scale_of(source) / scale_of(instance.output)).shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{shift - 1} or more" if shift > 30 else None


def lower(instance: Instance) -> Lowered:
    """One call, of one of two kernels."""
    source, output = instance.required(0), instance.output
    if source.type.name == "INT8":
        function, params = (
            "tinyml_requantize_s8",
            Params("tinyml_requantize_params", _requantize_fields(source, output)),
        )
    else:
        function, params = "tinyml_quantize_s8", Params("tinyml_quantize_params", float_fields(output))
    call = KernelCall(
        function=function,
        params=params,
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
    )
    return Lowered(call, in_place=(in_place(source, output),))


def _requantize_fields(source: Tensor, output: Tensor) -> tuple[tuple[str, int], ...]:
    multiplier = quantize_multiplier(scale_of(source) / scale_of(output))
    return (
        ("size", source.elements),
        ("multiplier", multiplier.multiplier),
        ("input_offset", -zero_point_of(source)),
        ("output_offset", zero_point_of(output)),
        ("shift", multiplier.shift),
    )


SUPPORT = Support(
    opcode="QUANTIZE",
    summary="From float, or from one scale and zero point to others.",
    kernels=("tinyml_quantize_s8", "tinyml_requantize_s8"),
    rules=(
        (operands(1),),
        (float_or_int8_to_int8,),
        (quantized_activations, computed_input, same_shape),
        (representable_ratio,),
    ),
    lower=lower,
    interval=interval_rules.requantized,
    types=("FLOAT32", "INT8"),
)
