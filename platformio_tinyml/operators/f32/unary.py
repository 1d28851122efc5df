"""Elementwise functions of one float32."""

from __future__ import annotations

from ...model import GeluOptions, LeakyReluOptions, Options
from ...program import KernelCall, Kind, Params, Sweep, TensorRef
from ...program.fixed_point import float32_bits
from ..common import computed_input, operands
from ..elementwise import in_place, same_shape
from ..lowering import Lowered, Support
from ..rules import Instance
from .common import all_float

KINDS = (
    *("RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "ABS", "NEG", "EXP", "SQRT", "RSQRT", "SQUARE"),
    *("HARD_SWISH", "ELU", "RELU_N1_TO_1", "FLOOR", "CEIL", "ROUND", "LOG", "SIN", "COS", "GELU"),
)
"""In the order of the kernel's enum."""
_FUNCTIONS = ("LOGISTIC", "TANH", "EXP", "SQRT", "RSQRT", "ELU", "LOG", "SIN", "COS", "GELU")
"""Those that are not equal to the last bit."""
_OPTIONS: dict[str, type[Options]] = {"LEAKY_RELU": LeakyReluOptions, "GELU": GeluOptions}
_ANGLES = " Not a number beyond 10,000."


def _support(opcode: str) -> Support:
    def lower(instance: Instance) -> Lowered:
        source, output, options = instance.required(0), instance.output, instance.operator.options
        alpha = options.alpha if isinstance(options, LeakyReluOptions) else 0.0
        kind = KINDS.index(opcode) + (isinstance(options, GeluOptions) and options.approximate)  # the next of the enum
        fields = (("size", source.elements), ("alpha_bits", float32_bits(alpha)), ("kind", kind))
        call = KernelCall(
            function="tinyml_unary_f32",
            params=Params("tinyml_unary_f32_params", fields),
            inputs=(TensorRef(source.index),),
            outputs=(output.index,),
            source=instance.operator,
            sweep=Sweep(Kind.FLAT),
        )
        return Lowered(call, in_place=(in_place(source, output),))

    return Support(
        opcode=opcode,
        summary=("Within 4 units in the last place of 1." if opcode in _FUNCTIONS else "Equal to the bit.")
        + (_ANGLES if opcode in ("SIN", "COS") else ""),
        kernels=("tinyml_unary_f32",),
        rules=(
            (operands(1, 0, _OPTIONS.get(opcode)),),
            (all_float, computed_input, same_shape),
        ),
        lower=lower,
        types=("FLOAT32",),
    )


SUPPORTS = tuple(map(_support, KINDS))
