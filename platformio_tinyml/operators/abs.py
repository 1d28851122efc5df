"""ABS."""

from __future__ import annotations

from ..program.fixed_point import quantize_multiplier
from ..program.gemmlowp import rescale
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance


def function(instance: Instance) -> unary.Function:
    """Source: AbsEvalQuantized of tflite-micro, elementwise.cc."""
    source, output = instance.required(0), instance.output
    low, high = zero_point_of(source), zero_point_of(output)
    if scale_of(source) == scale_of(output):
        return lambda q: abs(q - low) + high
    ratio = quantize_multiplier(scale_of(source) / scale_of(output))
    if ratio.shift > 22:
        raise ValueError(f"a ratio of scales of 2**{ratio.shift}")
    return lambda q: rescale(abs(q - low), ratio.multiplier, ratio.shift) + high


SUPPORT = unary.support("ABS", "A table.", function)
