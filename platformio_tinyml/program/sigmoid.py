"""The table by which TensorFlow Lite Micro interpolates the logistic function and the hyperbolic tangent of 16 bits.

Source: tensorflow/lite/kernels/internal/common.h says that it has 256 values of sigmoid(n / 24) in 16 fractional bits.
Each is raised by half of what the chord to its neighbour lies below the curve in the middle, -f'' / 16, and rounded.
"""

from __future__ import annotations

import math

_SIZE = 256


def sigmoid_table() -> tuple[int, ...]:
    """From 2**15 to 2**16 - 1, rising."""

    def entry(n: int) -> int:
        value = 1 / (1 + math.exp(-n / 24))
        curvature = value * (1 - value) * (1 - 2 * value) / 24**2
        return math.floor(65536 * (value - curvature / 16) + 0.5)

    return (*map(entry, range(_SIZE - 1)), 65535)
