"""RSQRT."""

from __future__ import annotations

import math

from ..program.fixed_point import float32, quantize_multiplier
from ..program.gemmlowp import inverse_sqrt, rescale
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance

_HEADROOM = 20
"""Bits that the inverse root gains before it is brought to the output's scale."""


def function(instance: Instance) -> unary.Function:
    """Source: RsqrtEvalQuantized of tflite-micro, elementwise.cc. Below the zero point, where TFLM stops, as at it."""
    source, output = instance.required(0), instance.output
    low, high = zero_point_of(source), zero_point_of(output)
    root = float32(math.sqrt(scale_of(source)))
    ratio = quantize_multiplier(1 / float32(root * scale_of(output)))

    def value(q: int) -> int:
        if q <= low:
            return 127
        multiplier, shift = inverse_sqrt(q - low)
        inverse = rescale(1, multiplier, shift + _HEADROOM)
        return rescale(inverse, ratio.multiplier, ratio.shift - _HEADROOM) + high

    return value


SUPPORT = unary.support("RSQRT", "A table; what is not above the zero point gives 127.", function)
