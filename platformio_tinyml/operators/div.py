"""DIV."""

from __future__ import annotations

from functools import partial

from ..model import ArithmeticOptions
from ..program.fixed_point import Multiplier, quantize_multiplier
from . import arithmetic
from .common import scale_of, supported_activation
from .rules import Instance

_LARGEST_SHIFT = 23
"""A dividend of 9 bits is moved up by 23 or more, and its quotient down by as many less this one."""


def factor(instance: Instance) -> Multiplier:
    """input1 scale / (input2 scale * output scale). Source: CalculateOpDataDiv of tflite-micro, div.cc."""
    one, two = (scale_of(tensor) for tensor in instance.inputs)
    return quantize_multiplier(one / (two * scale_of(instance.output)))


SUPPORT = arithmetic.support(
    "DIV",
    "With broadcasting; one input may be a constant. By 0 the result is the end of the output's range.",
    partial(arithmetic.factor_fields, factor),
    ArithmeticOptions,
    (supported_activation, arithmetic.factor_below(factor, _LARGEST_SHIFT, "quotient")),
)
