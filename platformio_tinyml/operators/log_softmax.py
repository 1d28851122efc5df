"""LOG_SOFTMAX."""

from __future__ import annotations

from ..program import KernelCall, Params, TensorRef
from ..program.fixed_point import quantize_multiplier, softmax_multiplier
from .common import computed_input, int8_activations, operands, quantized_activations, scale_of, zero_point_of
from .elementwise import in_place, same_shape
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule
from .softmax import countable_depth


@rule(CONVERT_AGAIN)
def logarithms(instance: Instance) -> str | None:
    """The output's scale is 1/16 and its zero point 127."""
    scale, zero_point = scale_of(instance.output), zero_point_of(instance.output)
    return f"{scale} and {zero_point}" if (scale, zero_point) != (1 / 16, 127) else None


@rule(CONVERT_AGAIN)
def large_enough_scale(instance: Instance) -> str | None:
    """The input's scale is above 2**-26."""
    scale = scale_of(instance.required(0))
    try:
        softmax_multiplier(1.0, scale)
    except ValueError:
        return f"{scale}"
    return None


def lower(instance: Instance) -> Lowered:
    """One call."""
    source, output = instance.required(0), instance.output
    depth = source.shape[-1]
    multiplier, diff_min = softmax_multiplier(1.0, scale_of(source))
    reverse = quantize_multiplier((1 << (31 - multiplier.shift)) / multiplier.multiplier)
    fields = (
        ("rows", source.elements // depth),
        ("depth", depth),
        ("multiplier", multiplier.multiplier),
        ("diff_min", diff_min),
        ("reverse_multiplier", reverse.multiplier),
        ("shift", multiplier.shift),
        ("reverse_shift", reverse.shift),
    )
    call = KernelCall(
        function="tinyml_log_softmax_s8",
        params=Params("tinyml_log_softmax_params", fields),
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
    )
    return Lowered(call, in_place=(in_place(source, output),))


SUPPORT = Support(
    opcode="LOG_SOFTMAX",
    summary="Over the last dimension.",
    kernels=("tinyml_log_softmax_s8",),
    rules=(
        (operands(1),),
        (int8_activations,),
        (quantized_activations, computed_input, same_shape),
        (countable_depth, logarithms, large_enough_scale),
    ),
    lower=lower,
)
