"""RELU."""

from __future__ import annotations

from ..program.fixed_point import quantize_multiplier
from ..program.gemmlowp import rescale
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance


def function(instance: Instance) -> unary.Function:
    """Source: ReluQuantized and CalculateReluOpData of tflite-micro, activations_common.cc."""
    source, output = instance.required(0), instance.output
    ratio = quantize_multiplier(scale_of(source) / scale_of(output))
    if ratio.shift > 22:
        raise ValueError(f"a ratio of scales of 2**{ratio.shift}")
    low, high = zero_point_of(source), zero_point_of(output)
    return lambda q: max(high, high + rescale(q - low, ratio.multiplier, ratio.shift))


SUPPORT = unary.support("RELU", "A table; input and output may have different scales.", function)
