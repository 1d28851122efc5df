"""LEAKY_RELU."""

from __future__ import annotations

from ..model import LeakyReluOptions
from ..program.fixed_point import float32, quantize_multiplier
from ..program.gemmlowp import rescale
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance


def function(instance: Instance) -> unary.Function:
    """Source: QuantizeLeakyRelu and CalculateOpDataLeakyRelu of tflite-micro; the products are float32."""
    source, output = instance.required(0), instance.output
    alpha = float32(instance.options(LeakyReluOptions).alpha)
    scaled = float32(float32(scale_of(source) * alpha) / scale_of(output))
    negative, positive = quantize_multiplier(scaled), quantize_multiplier(float32(scale_of(source) / scale_of(output)))
    if max(negative.shift, positive.shift) > 22:
        raise ValueError(f"a ratio of scales of 2**{max(negative.shift, positive.shift)}")
    low, high = zero_point_of(source), zero_point_of(output)

    def value(q: int) -> int:
        ratio = positive if q >= low else negative
        return high + rescale(q - low, ratio.multiplier, ratio.shift)

    return value


SUPPORT = unary.support("LEAKY_RELU", "A table; alpha is not negative.", function, LeakyReluOptions)
