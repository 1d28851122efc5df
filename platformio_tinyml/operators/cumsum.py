"""CUMSUM."""

from __future__ import annotations

import math

from ..model import CumsumOptions
from ..program import KernelCall, Params, TensorRef
from ..program.fixed_point import Multiplier, quantize_multiplier
from .common import computed_input, int8_activations, operands, quantized_activations, scale_of, zero_point_of
from .copying import constant_integers, integers
from .elementwise import same_shape
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule

HEADROOM = 20
"""Bits that terms gain."""


@rule(CONVERT_AGAIN)
def one_axis(instance: Instance) -> str | None:
    """There is one axis, a dimension of the input."""
    rank, axes = len(instance.required(0).shape), integers(instance.required(1))
    return None if len(axes) == 1 and -rank <= axes[0] < rank else f"{list(axes)} of {rank} dimensions"


@rule(CONVERT_AGAIN)
def output_scale(instance: Instance) -> str | None:
    """The input's scale is less than 2**19 output scales."""
    try:
        shift = _multiplier(instance).shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{shift + HEADROOM - 2} or more" if shift > 0 else None


def lower_sums(instance: Instance, kernel: str, multiplier: Multiplier, offsets: tuple[int, int]) -> Lowered:
    """One call; offsets of input and output."""
    shape, options = instance.required(0).shape, instance.options(CumsumOptions)
    axis = integers(instance.required(1))[0] % len(shape)
    fields = (
        ("outer", math.prod(shape[:axis])),
        ("size", shape[axis]),
        ("inner", math.prod(shape[axis + 1 :])),
        ("multiplier", multiplier.multiplier),
        ("input_offset", offsets[0]),
        ("output_offset", offsets[1]),
        ("shift", multiplier.shift),
        ("exclusive", int(options.exclusive)),
        ("reverse", int(options.reverse)),
    )
    call = KernelCall(
        function=kernel,
        params=Params("tinyml_cumsum_params", fields),
        inputs=(TensorRef(instance.required(0).index),),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    return Lowered(call)


def lower(instance: Instance) -> Lowered:
    """One call."""
    offsets = -zero_point_of(instance.required(0)), zero_point_of(instance.output)
    return lower_sums(instance, "tinyml_cumsum_s8", _multiplier(instance), offsets)


def _multiplier(instance: Instance) -> Multiplier:
    """Source: CalculateOpData of tflite-micro, cumsum.cc."""
    return quantize_multiplier(2 * scale_of(instance.required(0)) / ((1 << HEADROOM) * scale_of(instance.output)))


SUPPORT = Support(
    opcode="CUMSUM",
    summary="Along a constant axis; exclusive and reverse too.",
    kernels=("tinyml_cumsum_s8",),
    rules=(
        (operands(2, 0, CumsumOptions),),
        (int8_activations, constant_integers(1, "axis")),
        (quantized_activations, computed_input, same_shape, one_axis),
        (output_scale,),
    ),
    lower=lower,
)
