"""TANH."""

from __future__ import annotations

from ..program.gemmlowp import rescale, shift_right, tanh
from . import unary
from .common import scale_of, zero_point_of
from .q4 import q4_input
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def symmetric_output(instance: Instance) -> str | None:
    """The output's zero point is 0."""
    zero_point = zero_point_of(instance.output)
    return f"{zero_point}" if zero_point != 0 else None


def function(instance: Instance) -> unary.Function:
    """Source: reference/integer_ops/tanh.h. The output's scale is taken to be 1/128."""
    zero_point = zero_point_of(instance.required(0))
    multiplier, radius = q4_input(scale_of(instance.required(0)))

    def value(q: int) -> int:
        centred = q - zero_point
        if abs(centred) >= radius:
            return 127 if centred > -radius else -128
        return shift_right(tanh(rescale(centred, multiplier.multiplier, multiplier.shift)), 24)

    return value


SUPPORT = unary.support("TANH", "A table.", function, rules=(symmetric_output,))
