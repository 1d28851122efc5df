"""SOFTMAX."""

from __future__ import annotations

from ..model import SoftmaxOptions
from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from ..program.fixed_point import softmax_multiplier
from .common import computed_input, int8_activations, operands, quantized_activations, scale_of, zero_point_of
from .elementwise import in_place, same_shape
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule

LARGEST_DEPTH = 4095
"""The sum of exponentials has 12 integer bits."""


@rule(REPLACE)
def countable_depth(instance: Instance) -> str | None:
    """Input and output have at least one dimension, and the last has at most 4,095 elements."""
    shape = instance.required(0).shape
    return f"shape {list(shape)}" if not shape or shape[-1] > LARGEST_DEPTH else None


@rule(CONVERT_AGAIN)
def probabilities(instance: Instance) -> str | None:
    """The output's scale is 1/256 and its zero point -128."""
    scale, zero_point = scale_of(instance.output), zero_point_of(instance.output)
    return f"{scale} and {zero_point}" if (scale, zero_point) != (1 / 256, -128) else None


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
    call = KernelCall(
        function="tinyml_softmax_s8",
        params=Params("tinyml_softmax_params", fields),
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT, count="rows"),
    )
    return Lowered(call, in_place=(in_place(source, output),))


SUPPORT = Support(
    opcode="SOFTMAX",
    summary="Over the last dimension.",
    kernels=("tinyml_softmax_s8",),
    rules=(
        (operands(1, 0, SoftmaxOptions),),
        (int8_activations,),
        (quantized_activations, computed_input, same_shape),
        (countable_depth, probabilities, large_enough_beta),
    ),
    lower=lower,
)
