"""EXP."""

from __future__ import annotations

import math

from . import unary
from .rules import Instance

_LARGEST = 88.72284
"""Beyond it the exponential is no float32."""


def exponential(x: float) -> float:
    """Infinite where float32 is."""
    return math.exp(x) if x < _LARGEST else math.inf


def function(instance: Instance) -> unary.Function:
    """Source: exp.cc of TensorFlow Lite."""
    return unary.of_reals(instance, exponential)


SUPPORT = unary.support("EXP", "A table.", function)
