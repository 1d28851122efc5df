"""MUL."""

from __future__ import annotations

from functools import partial

from ..model import ArithmeticOptions
from ..program.fixed_point import Multiplier, quantize_multiplier
from . import arithmetic
from .common import scale_of, supported_activation
from .rules import Instance

_LARGEST_SHIFT = 15
"""What 32 bits leave of a product of two distances from zero points; beyond, TFLM wraps around."""


def factor(instance: Instance) -> Multiplier:
    """input1 scale * input2 scale / output scale."""
    one, two = (scale_of(tensor) for tensor in instance.inputs)
    return quantize_multiplier(one * two / scale_of(instance.output))


fields = partial(arithmetic.factor_fields, factor)
"""Source: MulPrepare of tflite-micro, mul_common.cc."""

SUPPORT = arithmetic.support(
    "MUL",
    "With broadcasting; one input may be a constant.",
    fields,
    ArithmeticOptions,
    (supported_activation, arithmetic.factor_below(factor, _LARGEST_SHIFT, "product")),
)
