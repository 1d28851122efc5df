"""SQUARED_DIFFERENCE."""

from __future__ import annotations

from ..program.fixed_point import Multiplier, quantize_multiplier
from . import arithmetic
from .common import scale_of, zero_point_of
from .rules import CONVERT_AGAIN, Instance, rule

HEADROOM = 7
"""Bits that the inputs gain before they are brought to a common scale."""
_LARGEST_SHIFT = 30


@rule(CONVERT_AGAIN)
def output_scale(instance: Instance) -> str | None:
    """The square of twice the larger of the input scales is less than 2**44 output scales. A square that leaves 32 bits
    at the output's scale wraps around, as in TFLM."""
    try:
        shift = multipliers(instance)[2].shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{shift + 2 * HEADROOM - 1} or more" if shift > _LARGEST_SHIFT else None


def fields(instance: Instance, headroom: int = HEADROOM) -> arithmetic.Fields:
    """Source: PrepareQuantized of tflite-micro, squared_difference.cc."""
    one, two, out = multipliers(instance, headroom)
    return (
        ("input1_multiplier", one.multiplier),
        ("input2_multiplier", two.multiplier),
        ("output_multiplier", out.multiplier),
        ("input1_offset", -zero_point_of(instance.required(0))),
        ("input2_offset", -zero_point_of(instance.required(1))),
        ("output_offset", zero_point_of(instance.output)),
        ("input1_shift", one.shift),
        ("input2_shift", two.shift),
        ("output_shift", out.shift),
    )


def multipliers(instance: Instance, headroom: int = HEADROOM) -> tuple[Multiplier, Multiplier, Multiplier]:
    """Of the inputs, to twice the larger of their scales, and from its square to the output's."""
    one, two = (scale_of(tensor) for tensor in instance.inputs)
    common = 2 * max(one, two)
    return (
        quantize_multiplier(one / common),
        quantize_multiplier(two / common),
        quantize_multiplier(common * common / ((1 << 2 * headroom) * scale_of(instance.output))),
    )


SUPPORT = arithmetic.support(
    "SQUARED_DIFFERENCE", "With broadcasting; one input may be a constant.", fields, rules=(output_scale,)
)
