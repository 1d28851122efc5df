"""MUL."""

from __future__ import annotations

from ..model import ArithmeticOptions
from ..program.fixed_point import Multiplier, quantize_multiplier
from . import arithmetic
from .common import output_range, scale_of, supported_activation, zero_point_of
from .rules import CONVERT_AGAIN, Instance, rule

_LARGEST_SHIFT = 30
"""What the kernel shifts by; what leaves 32 bits saturates there."""


@rule(CONVERT_AGAIN)
def product_scale(instance: Instance) -> str | None:
    """The product of the input scales is less than 2**30 output scales."""
    try:
        shift = factor(instance).shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{shift - 1} or more" if shift > _LARGEST_SHIFT else None


def fields(instance: Instance) -> arithmetic.Fields:
    """Source: MulPrepare of tflite-micro, mul_common.cc."""
    multiplier = factor(instance)
    low, high = output_range(instance)
    return (
        ("multiplier", multiplier.multiplier),
        ("input1_offset", -zero_point_of(instance.required(0))),
        ("input2_offset", -zero_point_of(instance.required(1))),
        ("output_offset", zero_point_of(instance.output)),
        ("activation_min", low),
        ("activation_max", high),
        ("shift", multiplier.shift),
    )


def factor(instance: Instance) -> Multiplier:
    """input1 scale * input2 scale / output scale."""
    one, two = (scale_of(tensor) for tensor in instance.inputs)
    return quantize_multiplier(one * two / scale_of(instance.output))


SUPPORT = arithmetic.support(
    "MUL",
    "With broadcasting; one input may be a constant.",
    fields,
    ArithmeticOptions,
    (supported_activation, product_scale),
)
