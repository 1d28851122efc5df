"""L2_NORMALIZATION."""

from __future__ import annotations

from ..model import Activation, ArithmeticOptions
from ..program import KernelCall, Params, TensorRef
from .common import computed_input, int8_activations, operands, quantized_activations, scale_of, zero_point_of
from .elementwise import in_place, same_shape
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule

LARGEST_DEPTH = 33025
"""Squares of 9 bits whose sum has 31."""


@rule(REPLACE)
def countable_depth(instance: Instance) -> str | None:
    """There are one to four dimensions, and the last has at most 33,025 elements."""
    shape = instance.required(0).shape
    return None if 1 <= len(shape) <= 4 and shape[-1] <= LARGEST_DEPTH else f"{list(shape)}"


@rule(REPLACE)
def no_activation(instance: Instance) -> str | None:
    """There is no fused activation."""
    activation = instance.options(ArithmeticOptions).activation
    return activation.name if activation is not Activation.NONE else None


@rule(CONVERT_AGAIN)
def unit_range(instance: Instance) -> str | None:
    """The output's scale is 1/128 and its zero point 0."""
    scale, zero_point = scale_of(instance.output), zero_point_of(instance.output)
    return f"{scale} and {zero_point}" if (scale, zero_point) != (1 / 128, 0) else None


def lower(instance: Instance) -> Lowered:
    """One call."""
    source, output = instance.required(0), instance.output
    depth = source.shape[-1]
    fields = (("rows", source.elements // depth), ("depth", depth), ("input_offset", -zero_point_of(source)))
    call = KernelCall(
        function="tinyml_l2_normalization_s8",
        params=Params("tinyml_l2_normalization_params", fields),
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
    )
    return Lowered(call, in_place=(in_place(source, output),))


SUPPORT = Support(
    opcode="L2_NORMALIZATION",
    summary="Over the last dimension.",
    kernels=("tinyml_l2_normalization_s8",),
    rules=(
        (operands(1, 0, ArithmeticOptions),),
        (int8_activations,),
        (quantized_activations, computed_input, same_shape),
        (countable_depth, no_activation, unit_range),
    ),
    lower=lower,
)
