"""RSQRT."""

from __future__ import annotations

import math

from ..program.fixed_point import Multiplier, quantize_multiplier
from ..program.gemmlowp import inverse_sqrt, rescale
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance

HEADROOM = 20
"""Bits that the inverse root gains before it is brought to the output's scale."""


def output_ratio(instance: Instance) -> Multiplier:
    """From inverse roots of the input's steps to steps of the output. Source: elementwise.cc of tflite-micro."""
    return quantize_multiplier(1 / (math.sqrt(scale_of(instance.required(0))) * scale_of(instance.output)))


def function(instance: Instance) -> unary.Function:
    """Source: RsqrtEvalQuantized of tflite-micro, elementwise.cc. Below the zero point, where TFLM stops, as at it."""
    source, output = instance.required(0), instance.output
    low, high = zero_point_of(source), zero_point_of(output)
    ratio = output_ratio(instance)

    def value(q: int) -> int:
        if q <= low:
            return 127
        multiplier, shift = inverse_sqrt(q - low)
        inverse = rescale(1, multiplier, shift + HEADROOM)
        return rescale(inverse, ratio.multiplier, ratio.shift - HEADROOM) + high

    return value


SUPPORT = unary.support("RSQRT", "A table; what is not above the zero point gives 127.", function)
