"""Tables of functions of int16: 512 pieces, straight between 513 values."""

from __future__ import annotations

import math
from collections.abc import Callable

from .fixed_point import float32

_PIECES = 512


def interpolation_table(
    scale: float, zero_point: int, output_scale: float, function: Callable[[float], float]
) -> list[int]:
    """513 values of `function` over all of int16, each moved by half of what the chord errs in the middle.

    Source: LUTPopulateInt16 of TFLite's internal/common.h, in float32.
    """
    low, high = (float32(scale * (end - zero_point)) for end in (-32768, 32767))
    outputs = [float32(output_scale * end) for end in (-32768, 32767)]
    step = float32(float32(high - low) / _PIECES)
    inverse = float32(65536 / float32(outputs[1] - outputs[0]))

    def value(x: float) -> float:
        return float32(float32(function(x)) * inverse)

    def place(piece: int) -> float:
        return float32(low + float32(piece * step))

    table = []
    for piece in range(_PIECES):
        start, end = value(place(piece)), value(place(piece + 1))
        middle = value(float32(place(piece) + float32(step / 2)))
        chord = _rounded(float32(float32(end + _rounded(start)) / 2))
        table.append(_clamped(_rounded(start) - _rounded((chord - _rounded(middle)) / 2)))
    return [*table, _clamped(_rounded(value(high)))]


def _rounded(value: float) -> int:
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def _clamped(value: int) -> int:
    return max(-32768, min(32767, value))
