"""RSQRT on int16."""

from __future__ import annotations

from ...program import KernelCall, Kind, Params, Sweep, TensorRef
from ..common import computed_input, operands
from ..elementwise import in_place, same_shape
from ..lowering import Lowered, Support
from ..rsqrt import HEADROOM, output_ratio
from ..rules import CONVERT_AGAIN, Instance, rule
from .common import int16_activations, symmetric

_LARGEST_SHIFT = 30


@rule(CONVERT_AGAIN)
def representable_ratio(instance: Instance) -> str | None:
    """1 / (the root of the input's scale * the output's scale) is below 2**50."""
    try:
        shift = output_ratio(instance).shift
    except (ValueError, OverflowError, ZeroDivisionError):
        return "a ratio that is not finite"
    return f"2**{shift - 1} or more" if shift > _LARGEST_SHIFT + HEADROOM else None


def lower(instance: Instance) -> Lowered:
    """One call. Source: RsqrtEvalQuantized of tflite-micro, elementwise.cc."""
    source, output, ratio = instance.required(0), instance.output, output_ratio(instance)
    fields = (
        ("size", source.elements),
        ("multiplier", ratio.multiplier),
        ("shift", max(ratio.shift - HEADROOM, -31)),
    )
    call = KernelCall(
        function="tinyml_rsqrt_s16",
        params=Params("tinyml_rsqrt_s16_params", fields),
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT),
    )
    return Lowered(call, in_place=(in_place(source, output),))


SUPPORT = Support(
    opcode="RSQRT",
    summary="What is not above 0 gives 32,767.",
    kernels=("tinyml_rsqrt_s16",),
    rules=(
        (operands(1),),
        (int16_activations,),
        (symmetric, computed_input, same_shape),
        (representable_ratio,),
    ),
    lower=lower,
    types=("INT16",),
)
