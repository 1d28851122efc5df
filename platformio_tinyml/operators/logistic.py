"""LOGISTIC."""

from __future__ import annotations

from ..program.gemmlowp import logistic, rescale, shift_right
from . import unary
from .common import scale_of, zero_point_of
from .q4 import q4_input
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def probability_zero_point(instance: Instance) -> str | None:
    """The output's zero point is -128."""
    zero_point = zero_point_of(instance.output)
    return f"{zero_point}" if zero_point != -128 else None


def function(instance: Instance) -> unary.Function:
    """Source: reference/integer_ops/logistic.h. The output's scale is taken to be 1/256."""
    zero_point = zero_point_of(instance.required(0))
    multiplier, radius = q4_input(scale_of(instance.required(0)))

    def value(q: int) -> int:
        centred = q - zero_point
        if abs(centred) >= radius:
            return 127 if centred > -radius else -128
        raw = rescale(centred, multiplier.multiplier, multiplier.shift)
        return shift_right(logistic(raw), 23) - 128

    return value


SUPPORT = unary.support("LOGISTIC", "A table.", function, rules=(probability_zero_point,))
