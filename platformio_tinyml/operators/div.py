"""DIV."""

from __future__ import annotations

from ..model import ArithmeticOptions
from ..program.fixed_point import Multiplier, quantize_multiplier
from . import arithmetic
from .common import output_range, scale_of, supported_activation, zero_point_of
from .rules import CONVERT_AGAIN, Instance, rule

_LARGEST_SHIFT = 23
"""A dividend of 9 bits is moved up by 23 or more, and its quotient down by as many less this one."""


@rule(CONVERT_AGAIN)
def quotient_scale(instance: Instance) -> str | None:
    """The quotient of the input scales is less than 2**23 output scales."""
    try:
        shift = _multiplier(instance).shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{shift - 1} or more" if shift > _LARGEST_SHIFT else None


def fields(instance: Instance) -> arithmetic.Fields:
    """Source: CalculateOpDataDiv of tflite-micro, div.cc."""
    multiplier = _multiplier(instance)
    low, high = output_range(instance)
    return (
        ("multiplier", multiplier.multiplier),
        ("input1_offset", -zero_point_of(instance.required(0))),
        ("input2_offset", -zero_point_of(instance.required(1))),
        ("output_offset", zero_point_of(instance.output)),
        ("shift", multiplier.shift),
        ("activation_min", low),
        ("activation_max", high),
    )


def _multiplier(instance: Instance) -> Multiplier:
    """In float32."""
    one, two = (scale_of(tensor) for tensor in instance.inputs)
    return quantize_multiplier(one / (two * scale_of(instance.output)))


SUPPORT = arithmetic.support(
    "DIV",
    "With broadcasting; one input may be a constant. By 0 the result is the end of the output's range.",
    fields,
    ArithmeticOptions,
    (supported_activation, quotient_scale),
)
