"""SOFTMAX on int16."""

from __future__ import annotations

import math

from ...model import SoftmaxOptions
from ...program import KernelCall, Kind, Params, Sweep, TensorRef
from ...program.fixed_point import float32, quantize_multiplier
from ...program.interpolation import interpolation_table
from ..common import computed_input, operands, scale_of
from ..elementwise import in_place, same_shape
from ..lowering import Lowered, Support, int16_constant, refs
from ..rules import CONVERT_AGAIN, REPLACE, Instance, rule
from .common import int16_activations, symmetric

LARGEST_DEPTH = 65535
"""The sum of exponentials has 16 integer bits."""
LARGEST_SHIFT = 31 - 17
"""A difference of inputs has 17 bits, and may be shifted left by what 32 bits leave."""


@rule(REPLACE)
def countable_depth(instance: Instance) -> str | None:
    """Input and output have at least one dimension, and the last has at most 65,535 elements."""
    shape = instance.required(0).shape
    return f"shape {list(shape)}" if not shape or shape[-1] > LARGEST_DEPTH else None


@rule(CONVERT_AGAIN)
def probabilities(instance: Instance) -> str | None:
    """The output's scale is 1/32768, to within a thousandth."""
    scale = scale_of(instance.output)
    return f"{scale}" if abs(scale * 32768 - 1) > 0.001 else None


@rule(CONVERT_AGAIN)
def small_beta(instance: Instance) -> str | None:
    """beta times the input's scale is a number from 0 to 2.5."""
    beta, scale = instance.options(SoftmaxOptions).beta, scale_of(instance.required(0))
    found = f"{beta} * {scale}"
    return None if math.isfinite(beta) and 0 <= beta * scale < (1 << LARGEST_SHIFT) * 10 / 65535 else found


def lower(instance: Instance) -> Lowered:
    """One call. Source: SoftmaxInt16 of TFLite's reference/softmax.h and CalculateSoftmaxParams of tflite-micro."""
    source, output = instance.required(0), instance.output
    depth = source.shape[-1]
    factor = quantize_multiplier(scale_of(source) * instance.options(SoftmaxOptions).beta / (10.0 / 65535.0))
    fields = (
        ("rows", source.elements // depth),
        ("depth", depth),
        ("multiplier", factor.multiplier),
        ("shift", factor.shift),
    )
    step, last = float32(2 / 65535), 32767
    exponentials = interpolation_table(float32(10 / 65535), last, step, math.exp)
    reciprocals = interpolation_table(float32(1 / 65535), -last - 1, step, lambda value: 1 / float32(1 + value))
    table = int16_constant(instance, "tables", [*exponentials, *reciprocals])
    call = KernelCall(
        function="tinyml_softmax_s16",
        params=Params("tinyml_softmax_s16_params", fields),
        inputs=(TensorRef(source.index), *refs((table,))),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT, count="rows"),
    )
    return Lowered(call, (table,), in_place=(in_place(source, output),))


SUPPORT = Support(
    opcode="SOFTMAX",
    summary="Over the last dimension; its tables take 2,052 bytes.",
    kernels=("tinyml_softmax_s16",),
    rules=(
        (operands(1, 0, SoftmaxOptions),),
        (int16_activations,),
        (symmetric, computed_input, same_shape),
        (countable_depth, probabilities, small_beta),
    ),
    lower=lower,
    types=("INT16",),
)
