"""SOFTMAX."""

from __future__ import annotations

from ..model import SoftmaxOptions
from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from ..program.fixed_point import SOFTMAX_INTEGER_BITS, Multiplier, softmax_multiplier
from ..program.gemmlowp import exp_on_negative, multiply_high
from .common import computed_input, operands, quantized_activations, scale_of, zero_point_of
from .elementwise import in_place, same_shape
from .lowering import InPlace, Lowered, Support, int32_constant, refs
from .rules import CONVERT_AGAIN, QUANTIZE, REPLACE, Instance, rule

LARGEST_DEPTH = 4095
"""The sum of exponentials has 12 integer bits."""
WORTH_A_TABLE = 128
"""Elements, as attention has them: 1 KB of flash at most, for a fifth of the instructions."""


@rule(QUANTIZE)
def int8_input(instance: Instance) -> str | None:
    """The input is int8, the output int8 or int16."""
    kinds = instance.required(0).type.name, instance.output.type.name
    return None if kinds[0] == "INT8" and kinds[1] in ("INT8", "INT16") else f"{kinds[0]} to {kinds[1]}"


@rule(REPLACE)
def countable_depth(instance: Instance) -> str | None:
    """Input and output have at least one dimension, and the last has at most 4,095 elements."""
    shape = instance.required(0).shape
    return f"shape {list(shape)}" if not shape or shape[-1] > LARGEST_DEPTH else None


@rule(CONVERT_AGAIN)
def probabilities(instance: Instance) -> str | None:
    """The output is int8, its scale 1/256 and its zero point -128 (of uint8 0), or int16, 1/65536 and -32768."""
    output = instance.output
    scale, zero_point, kind = scale_of(output), zero_point_of(output), output.type.name
    fits = (kind, scale, zero_point) == ("INT8", 1 / 256, -128)
    fits |= (kind, zero_point) == ("INT16", -32768) and abs(scale * 65536 - 1) <= 0.001
    if output.is_shifted:
        kind, zero_point = "UINT8", zero_point + 128
    return None if fits else f"{kind}, {scale} and {zero_point}"


@rule(CONVERT_AGAIN)
def large_enough_beta(instance: Instance) -> str | None:
    """beta times the input's scale is a number above 2**-26."""
    beta, scale = instance.options(SoftmaxOptions).beta, scale_of(instance.required(0))
    try:
        softmax_multiplier(beta, scale)
    except ValueError:
        return f"{beta} * {scale}"
    return None


def lower(instance: Instance) -> Lowered:
    """One call."""
    source, output = instance.required(0), instance.output
    depth = source.shape[-1]
    multiplier, diff_min = softmax_multiplier(instance.options(SoftmaxOptions).beta, scale_of(source))
    fields = (
        ("rows", source.elements // depth),
        ("depth", depth),
        ("multiplier", multiplier.multiplier),
        ("diff_min", diff_min),
        ("shift", multiplier.shift),
    )
    table, function = None, "tinyml_softmax_s8"
    in_places: tuple[InPlace, ...] = (in_place(source, output),)
    if output.type.name == "INT16":
        function, in_places = "tinyml_softmax_s8_s16", ()
    elif source.elements >= WORTH_A_TABLE:
        function = "tinyml_softmax_table_s8"
        table = int32_constant(instance, "table", _exponentials(multiplier, diff_min))
    call = KernelCall(
        function=function,
        params=Params("tinyml_softmax_params", fields),
        inputs=(TensorRef(source.index), *refs([table] if table else [])),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT, count="rows"),
    )
    return Lowered(call, (table,) if table else (), in_place=in_places)


def _exponentials(multiplier: Multiplier, diff_min: int) -> list[int]:
    """exp(multiplier * difference) in Q0 of all differences of int8 that count, from 0 down."""
    return [
        exp_on_negative(multiply_high(-each << multiplier.shift, multiplier.multiplier), SOFTMAX_INTEGER_BITS)
        for each in range(min(-diff_min, 255) + 1)
    ]


SUPPORT = Support(
    opcode="SOFTMAX",
    summary="Over the last dimension.",
    kernels=("tinyml_softmax_s8", "tinyml_softmax_table_s8", "tinyml_softmax_s8_s16"),
    rules=(
        (operands(1, 0, SoftmaxOptions),),
        (int8_input,),
        (quantized_activations, computed_input, same_shape),
        (countable_depth, probabilities, large_enough_beta),
    ),
    lower=lower,
)
