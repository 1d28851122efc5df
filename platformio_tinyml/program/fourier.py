"""Tables of the fast Fourier transform and of the logarithm in fixed point, rounded as TensorFlow Lite Micro's are.

Source: kissfft in fixed point of 16 bits (its twiddles, and those by which a transform of real numbers is made of one
of half as many complex numbers), signal/src/log.cc of tflite-micro.
"""

from __future__ import annotations

import math

_ONE = 32767
LOG_SEGMENTS = 128


def twiddles(size: int, *, inverse: bool) -> tuple[int, ...]:
    """Cosine and sine of each of `size` steps around the circle, clockwise unless `inverse`."""
    sign = 1 if inverse else -1
    return _pairs([sign * 2 * math.pi * step / size for step in range(size)])


def halves(size: int, *, inverse: bool) -> tuple[int, ...]:
    """Of the half circle's first half without its start, turned by a quarter: `size` // 2 steps of `size`."""
    sign = 1 if inverse else -1
    return _pairs([sign * math.pi * ((step + 1) / size + 0.5) for step in range(size // 2)])


def log_table() -> tuple[int, ...]:
    """What log2(1 + x) is above x, in 16 fractional bits, at each segment's start and at the end."""
    steps = (segment / LOG_SEGMENTS for segment in range(LOG_SEGMENTS + 1))
    return tuple(round(65536 * (math.log2(1 + x) - x)) for x in steps)


def _pairs(phases: list[float]) -> tuple[int, ...]:
    return tuple(math.floor(0.5 + _ONE * function(phase)) for phase in phases for function in (math.cos, math.sin))
