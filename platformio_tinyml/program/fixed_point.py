"""Real multipliers as the integers that kernels take, computed as TensorFlow Lite Micro computes them.

Source: tensorflow/lite/kernels/internal/quantization_util.cc and kernel_util.cc of tflite-micro (double rounding, the
default). Scales are the file's float32 values; products are formed in double precision unless said otherwise.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from ..model import Activation

INT8_MIN, INT8_MAX = -128, 127
INT8_RANGE, INT16_RANGE = (INT8_MIN, INT8_MAX), (-(1 << 15), (1 << 15) - 1)
SOFTMAX_INTEGER_BITS = 5
"""Differences from the row's maximum have 5 integer and 26 fractional bits in SOFTMAX."""


@dataclass(frozen=True, slots=True)
class Multiplier:
    """The real number `multiplier * 2**(shift - 31)`: multiplier 0 or 2**30 to 2**31 - 1, shift at least -31."""

    multiplier: int
    shift: int


def float32(value: float) -> float:
    """The float32 nearest to `value`, infinite where there is none."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def float32_bits(value: float) -> int:
    """The bits of a float32 as an int32."""
    return int(struct.unpack("<i", struct.pack("<f", value))[0])


def quantize_multiplier(real: float) -> Multiplier:
    """`real` rounded to 31 bits, halves up; 0 below about 2**-32. Raises ValueError if negative or not finite."""
    if not (math.isfinite(real) and real >= 0):
        raise ValueError(f"{real} is no multiplier")
    fraction, shift = math.frexp(real)
    multiplier = math.floor(math.ldexp(fraction, 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier, shift = 1 << 30, shift + 1
    return Multiplier(multiplier, shift) if shift >= -31 else Multiplier(0, 0)


def rescale(value: int, scale: Multiplier) -> int:
    """`value` times the multiplier, rounded twice as kernels do it: the product's halves up, then the shift's away from
    zero. Exact where `value << shift` fits 32 bits, which the caller sees to."""
    product = ((value << max(scale.shift, 0)) * scale.multiplier + (1 << 30)) >> 31
    right = max(-scale.shift, 0)
    return (product - (product < 0) + (1 << (right - 1))) >> right if right else product


def halved(scale: Multiplier) -> tuple[int, int]:
    """(multiplier of 15 bits, right shift) for sums of 64 bits, as MultiplyByQuantizedMultiplier of int64 rounds it."""
    return min((scale.multiplier + (1 << 15)) >> 16, (1 << 15) - 1), 15 - scale.shift


def activation_range(
    activation: Activation, scale: float, zero_point: int, limits: tuple[int, int] = INT8_RANGE
) -> tuple[int, int]:
    """Smallest and largest value in `limits` that a fused activation lets through. ValueError for what TFLM refuses."""

    def quantized(real: float) -> int:
        steps = _round_half_away(float32(real / scale))
        if not -(1 << 31) <= steps < 1 << 31:
            raise ValueError(f"{real} / {scale} does not fit 32 bits")
        return zero_point + steps

    bounds: dict[Activation, tuple[float | None, float | None]] = {
        Activation.NONE: (None, None),
        Activation.RELU: (0.0, None),
        Activation.RELU_N1_TO_1: (-1.0, 1.0),
        Activation.RELU6: (0.0, 6.0),
    }
    if activation not in bounds:
        raise ValueError(f"no range for {activation.name}")
    low, high = bounds[activation]
    return (
        limits[0] if low is None else max(limits[0], quantized(low)),
        limits[1] if high is None else min(limits[1], quantized(high)),
    )


def softmax_multiplier(beta: float, scale: float) -> tuple[Multiplier, int]:
    """(beta * scale as a multiplier of an input difference, smallest difference that counts, 0 or negative).

    The multiplier's product has 26 fractional bits. Raises ValueError where TFLM gives up: beta * scale
    of 2**-26 or less.
    """
    real = min(beta * scale * (1 << (31 - SOFTMAX_INTEGER_BITS)), (1 << 31) - 1.0)
    if not real > 1.0:
        raise ValueError(f"beta * scale is {beta * scale}")
    multiplier = quantize_multiplier(real)
    radius = ((1 << SOFTMAX_INTEGER_BITS) - 1) * (1 << (31 - SOFTMAX_INTEGER_BITS)) >> multiplier.shift
    return multiplier, -radius


def _round_half_away(value: float) -> int:
    """C's round() of a float32 (any magnitude below 2**63; infinities give a value out of int32)."""
    if math.isinf(value):
        return (1 << 62) if value > 0 else -(1 << 62)
    magnitude = math.floor(abs(value) + 0.5)
    return magnitude if value >= 0 else -magnitude
