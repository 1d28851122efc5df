"""RELU_N1_TO_1, of which TFLM has no kernel: as TensorFlow Lite computes it."""

from __future__ import annotations

from ..model import Activation
from ..program.fixed_point import activation_range, quantize_multiplier
from ..program.gemmlowp import rescale
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance


def function(instance: Instance) -> unary.Function:
    """Source: QuantizedReluX in activations.cc of TensorFlow Lite."""
    source, output = instance.required(0), instance.output
    ratio = quantize_multiplier(scale_of(source) / scale_of(output))
    low, high = activation_range(Activation.RELU_N1_TO_1, scale_of(output), zero_point_of(output))
    zero_point, offset = zero_point_of(source), zero_point_of(output)
    return lambda q: max(low, min(high, rescale(q - zero_point, ratio.multiplier, ratio.shift) + offset))


SUPPORT = unary.support("RELU_N1_TO_1", "A table.", function)
