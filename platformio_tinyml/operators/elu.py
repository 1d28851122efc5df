"""ELU."""

from __future__ import annotations

import math

from ..program.fixed_point import float32
from . import unary
from .rules import Instance


def elu(x: float) -> float:
    """In float32, the exponential correctly rounded."""
    return x if x >= 0 else float32(math.exp(x)) - 1.0


def function(instance: Instance) -> unary.Function:
    """Source: PopulateLookupTable of tflite-micro, elu.cc."""
    return unary.of_reals(instance, elu)


SUPPORT = unary.support("ELU", "A table.", function)
