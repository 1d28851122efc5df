"""RELU6."""

from __future__ import annotations

from ..program.fixed_point import float32
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance


def function(instance: Instance) -> unary.Function:
    """Source: Relu6Prepare of tflite-micro: the input's steps are clamped, and taken for the output's."""
    zero = zero_point_of(instance.required(0))
    steps = float32(6.0 / scale_of(instance.required(0)))
    six = max(-128, min(127, (int(steps + 0.5) if steps < 512 else 512) + zero))
    return lambda q: max(zero, min(six, q))


SUPPORT = unary.support("RELU6", "A table; the output's scale and zero point are taken for the input's.", function)
