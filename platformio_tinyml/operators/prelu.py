"""PRELU."""

from __future__ import annotations

from ..program.fixed_point import Multiplier, quantize_multiplier
from . import arithmetic
from .common import scale_of, zero_point_of
from .rules import CONVERT_AGAIN, Instance, rule

_LARGEST_SHIFTS = (31 - 9, 31 - 17)
"""What 32 bits leave of an input of 9 bits, and of its product with alpha."""


@rule(CONVERT_AGAIN)
def representable(instance: Instance) -> str | None:
    """The input's scale is less than 2**22 output scales, its product with alpha's less than 2**14."""
    try:
        shifts = [multiplier.shift for multiplier in multipliers(instance)]
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    worst = [shift for shift, most in zip(shifts, _LARGEST_SHIFTS, strict=True) if shift > most]
    return f"2**{worst[0] - 1} or more" if worst else None


def fields(instance: Instance) -> arithmetic.Fields:
    """Source: CalculatePreluParams of tflite-micro, prelu_common.cc."""
    positive, negative = multipliers(instance)
    return (
        ("multiplier", positive.multiplier),
        ("alpha_multiplier", negative.multiplier),
        ("input1_offset", -zero_point_of(instance.required(0))),
        ("input2_offset", -zero_point_of(instance.required(1))),
        ("output_offset", zero_point_of(instance.output)),
        ("shift", positive.shift),
        ("alpha_shift", negative.shift),
    )


def multipliers(instance: Instance) -> tuple[Multiplier, Multiplier]:
    """Of inputs from 0 on, and of those below."""
    one, alpha, output = (scale_of(tensor) for tensor in (*instance.inputs, instance.output))
    return quantize_multiplier(one / output), quantize_multiplier(one * alpha / output)


SUPPORT = arithmetic.support(
    "PRELU", "Alpha broadcasts, and may be a constant or computed.", fields, rules=(representable,)
)
