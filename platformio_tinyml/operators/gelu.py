"""GELU."""

from __future__ import annotations

import math

from ..model import GeluOptions
from ..program.fixed_point import float32
from . import unary
from .rules import Instance

_ROOT = float32(math.sqrt(2 / math.pi))
_HALF_ROOT = float32(-math.sqrt(0.5))


def gelu(x: float) -> float:
    """x times the share of a normal distribution that lies below it."""
    return 0.5 * x * float32(math.erfc(float32(x * _HALF_ROOT)))


def approximate(x: float) -> float:
    """The same by a hyperbolic tangent."""
    cubed = float32(float32(float32(float32(0.044715) * x) * x) * x)
    return float32(0.5 * x) * float32(1 + float32(math.tanh(float32(_ROOT * float32(x + cubed)))))


def function(instance: Instance) -> unary.Function:
    """Source: reference/gelu.h of TensorFlow Lite."""
    return unary.of_reals(instance, approximate if instance.options(GeluOptions).approximate else gelu)


SUPPORT = unary.support("GELU", "A table; exact or approximate.", function, GeluOptions)
