"""SQRT."""

from __future__ import annotations

import math

from ..program.fixed_point import float32
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance


def function(instance: Instance) -> unary.Function:
    """Source: SqrtEvalQuantized of TensorFlow Lite, elementwise.cc. Below 0, where that stops, as at 0."""
    source, output = instance.required(0), instance.output
    scale, low, high = scale_of(source), zero_point_of(source), zero_point_of(output)

    def value(q: int) -> int:
        root = float32(math.sqrt(max(float32(scale * (q - low)), 0.0)))
        return int(min(float32(root / scale_of(output)), 1000.0)) + high

    return value


SUPPORT = unary.support("SQRT", "A table; what is below 0 gives the root of 0.", function)
