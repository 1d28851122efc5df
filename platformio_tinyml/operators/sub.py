"""SUB."""

from __future__ import annotations

from ..model import ArithmeticOptions
from . import arithmetic
from .add import multipliers, output_scale
from .common import output_range, supported_activation, zero_point_of
from .rules import Instance


def fields(instance: Instance) -> arithmetic.Fields:
    """Source: CalculateOpDataSub of tflite-micro, sub_common.cc: as ADD."""
    one, two, out = multipliers(instance)
    low, high = output_range(instance)
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
        ("activation_min", low),
        ("activation_max", high),
    )


SUPPORT = arithmetic.support(
    "SUB",
    "With broadcasting; one input may be a constant.",
    fields,
    ArithmeticOptions,
    (supported_activation, output_scale),
)
