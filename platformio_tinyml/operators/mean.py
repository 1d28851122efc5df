"""MEAN."""

from __future__ import annotations

from ..program.fixed_point import Multiplier
from . import reduction
from .rules import Instance


def factor(instance: Instance, count: int) -> Multiplier:
    """Source: QuantizedMeanOrSum of TFLite's reference/reduce.h: the division by `count` in the multiplier."""
    whole = reduction.ratio(instance)
    shift = min(count.bit_length() - 1, 32, 31 + whole.shift)
    return Multiplier((whole.multiplier << shift) // count, whole.shift - shift)


SUPPORT = reduction.support("MEAN", "Along constant axes.", reduction.ADDING, factor)
