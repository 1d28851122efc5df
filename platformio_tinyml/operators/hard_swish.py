"""HARD_SWISH."""

from __future__ import annotations

from ..program.fixed_point import float32, quantize_multiplier
from ..program.gemmlowp import shift_right
from . import unary
from .common import scale_of, zero_point_of
from .rules import Instance

_LARGEST = (1 << 15) - 1


def function(instance: Instance) -> unary.Function:
    """Source: reference/hard_swish.h, 16-bit fixed point. ValueError where TFLM refuses the scales."""
    source, output = instance.required(0), instance.output
    low, high = zero_point_of(source), zero_point_of(output)
    fine = float32(float32(1 / 128) * scale_of(source))
    to_output = quantize_multiplier(float32(fine / scale_of(output)))
    to_gate = quantize_multiplier(float32(fine / float32(3 / 32768)))
    if to_output.shift > 0 or to_output.shift < -15 or not -15 <= to_gate.shift <= 16:
        raise ValueError(f"scales of {scale_of(source)} and {scale_of(output)}")
    output_factor, gate_factor = _half(to_output.multiplier), _half(to_gate.multiplier)

    def value(q: int) -> int:
        centred = (q - low) << 7
        scaled = _multiply_high(centred, output_factor)
        gate = centred
        if to_gate.shift > 0:
            gate = _saturated(gate << (to_gate.shift - 1))
        gate = _multiply_high(gate, gate_factor)
        if to_gate.shift > 0:
            gate = _saturated(gate << 1)
        if to_gate.shift < 0:
            gate = shift_right(gate, -to_gate.shift)
        gate = (gate + (1 << 15)) >> 1
        product = int(gate * scaled / (1 << 15))  # towards zero; exact, both have 16 bits
        return shift_right(product, -to_output.shift) + high

    return value


def _half(multiplier: int) -> int:
    """31 bits rounded to 15."""
    return _LARGEST if multiplier >= (1 << 31) - (1 << 15) else (multiplier + (1 << 15)) >> 16


def _multiply_high(a: int, b: int) -> int:
    """a * b / 2**15, rounded to the nearest, halves up; saturating."""
    return min((a * b + (1 << 14)) >> 15, _LARGEST)


def _saturated(value: int) -> int:
    return max(-_LARGEST - 1, min(_LARGEST, value))


SUPPORT = unary.support("HARD_SWISH", "A table.", function)
