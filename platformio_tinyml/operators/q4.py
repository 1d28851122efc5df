"""The input of LOGISTIC and TANH in fixed point with four integer bits."""

from __future__ import annotations

from ..program.fixed_point import Multiplier, quantize_multiplier

_INTEGER_BITS = 4
_LEAST_SHIFT = -31


def q4_input(scale: float) -> tuple[Multiplier, int]:
    """(from steps of `scale` to Q4, steps from which on the function is at its end).

    Source: LogisticPrepare and TanhPrepare of tflite-micro, CalculateInputRadius. Raises ValueError for a scale so
    small that TFLM shifts by a negative number.
    """
    multiplier = quantize_multiplier(scale * (1 << (31 - _INTEGER_BITS)))
    if multiplier.shift < 0 or not multiplier.multiplier:
        raise ValueError(f"an input scale of {scale}")
    largest = ((1 << _INTEGER_BITS) - 1) << (31 - _INTEGER_BITS)
    return multiplier, largest >> multiplier.shift
