"""ELU."""

from __future__ import annotations

import math

from ..program.fixed_point import float32
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance


def function(instance: Instance) -> unary.Function:
    """Source: PopulateLookupTable of tflite-micro, elu.cc: float32, the exponential correctly rounded."""
    source, output = instance.required(0), instance.output
    scale, low, high = scale_of(source), zero_point_of(source), zero_point_of(output)
    inverse = float32(1 / scale_of(output))

    def value(q: int) -> int:
        real = float32(scale * (q - low))
        if real < 0:
            real = float32(float32(math.exp(real)) - 1.0)
        steps = float32(real * inverse)
        return int(max(-1000, min(1000, math.copysign(math.floor(abs(steps) + 0.5), steps)))) + high

    return value


SUPPORT = unary.support("ELU", "A table.", function)
