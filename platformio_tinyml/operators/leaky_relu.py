"""LEAKY_RELU."""

from __future__ import annotations

from ..model import LeakyReluOptions
from ..program.fixed_point import quantize_multiplier
from ..program.gemmlowp import rescale
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance


def function(instance: Instance) -> unary.Function:
    """Source: QuantizeLeakyRelu and CalculateOpDataLeakyRelu of tflite-micro; float32 until the end of 2026."""
    source, output = instance.required(0), instance.output
    ratio = scale_of(source) / scale_of(output)
    alpha = instance.options(LeakyReluOptions).alpha
    negative, positive = quantize_multiplier(scale_of(source) * alpha / scale_of(output)), quantize_multiplier(ratio)
    if max(negative.shift, positive.shift) > 22:
        raise ValueError(f"a ratio of scales of 2**{max(negative.shift, positive.shift)}")
    low, high = zero_point_of(source), zero_point_of(output)

    def value(q: int) -> int:
        ratio = positive if q >= low else negative
        return high + rescale(q - low, ratio.multiplier, ratio.shift)

    return value


SUPPORT = unary.support("LEAKY_RELU", "A table; alpha is not negative.", function, LeakyReluOptions)
