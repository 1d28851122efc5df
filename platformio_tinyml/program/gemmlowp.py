"""Fixed-point functions as gemmlowp computes them, for tables made at build time.

Source: gemmlowp, fixedpoint/fixedpoint.h, as TensorFlow Lite Micro uses it. Raw values are signed 32-bit integers;
"Qn" has n integer bits, so 31 - n fractional ones. One is 2**31 - 1 in Q0.
"""

from __future__ import annotations

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1
_EXP_FACTORS = (
    (-2, 1672461947),
    (-1, 1302514674),
    (0, 790015084),
    (1, 290630308),
    (2, 39332535),
    (3, 720401),
    (4, 242),
)
"""exp(-2**exponent) in Q0."""


def multiply_high(a: int, b: int) -> int:
    """a * b / 2**31, rounded to the nearest, halves up; saturating."""
    return min((a * b + (1 << 30)) >> 31, INT32_MAX)


def shift_right(value: int, exponent: int) -> int:
    """value / 2**exponent, rounded to the nearest, halves away from zero."""
    mask = (1 << exponent) - 1
    return (value >> exponent) + int((value & mask) > (mask >> 1) + (value < 0))


def saturated_left(value: int, exponent: int) -> int:
    """value * 2**exponent within 32 bits."""
    return max(INT32_MIN, min(INT32_MAX, value << exponent))


def rescale(value: int, multiplier: int, shift: int) -> int:
    """value * multiplier * 2**(shift - 31) with TFLM's two roundings; `shift` may be any."""
    high = multiply_high(saturated_left(value, max(shift, 0)), multiplier)
    return shift_right(high, min(max(-shift, 0), 31))


def rescale_wrapped(value: int, multiplier: int, shift: int) -> int:
    """The same, but what is moved up out of 32 bits is lost."""
    high = multiply_high(wrapped(value << max(shift, 0)), multiplier)
    return shift_right(high, min(max(-shift, 0), 31))


def wrapped(value: int) -> int:
    """Its lowest 32 bits, signed."""
    return (value - INT32_MIN & 0xFFFFFFFF) + INT32_MIN


def exp_on_negative(value: int, integer_bits: int) -> int:
    """exp(value) in Q0 of a value in Q`integer_bits`, not above 0."""
    if value == 0:
        return INT32_MAX
    fraction = 31 - integer_bits
    quarter = 1 << (fraction - 2)
    inside = (value & (quarter - 1)) - quarter
    result = _exp_between_minus_quarter_and_0(saturated_left(inside, integer_bits))
    remainder = inside - value
    for exponent, factor in _EXP_FACTORS:
        if integer_bits > exponent and remainder & (1 << (fraction + exponent)):
            result = multiply_high(result, factor)
    return result


def logistic(value: int) -> int:
    """1 / (1 + exp(-value)) in Q0 of a value in Q4."""
    if value == 0:
        return 1 << 30
    positive = _reciprocal_of_one_plus(exp_on_negative(-abs(value), 4))
    return positive if value > 0 else INT32_MAX - positive


def tanh(value: int) -> int:
    """tanh(value) in Q0 of a value in Q4."""
    if value == 0:
        return 0
    x = _newton(exp_on_negative(-abs(value), 5))
    result = saturated_left(x - (1 << 29), 2)
    return result if value > 0 else -result


def _exp_between_minus_quarter_and_0(a: int) -> int:
    term, third = 1895147668, 715827883
    x = a + (1 << 28)
    x2 = multiply_high(x, x)
    x3 = multiply_high(x2, x)
    x4 = multiply_high(x2, x2)
    series = shift_right(multiply_high(shift_right(x4, 2) + x3, third) + x2, 1)
    return term + multiply_high(term, x + series)


def _newton(a: int) -> int:
    """2 / (1 + a) in Q2 of a in Q0, from 0 to 1."""
    half_denominator = (a + INT32_MAX + 1) // 2
    x = 1515870810 + multiply_high(half_denominator, -1010580540)
    for _ in range(3):
        error = (1 << 29) - multiply_high(half_denominator, x)
        x += saturated_left(multiply_high(x, error), 2)
    return x


def _reciprocal_of_one_plus(a: int) -> int:
    return saturated_left(_newton(a), 1)


def inverse_sqrt(value: int) -> tuple[int, int]:
    """(multiplier, shift) of 1 / sqrt(value), `value` from 0 on (TFLM's GetInvSqrtQuantizedMultiplierExp)."""
    if value <= 1:
        return INT32_MAX, 0
    shift = 11
    while value >= 1 << 29:
        value //= 4
        shift += 1
    pairs = (31 - value.bit_length()) // 2 - 1
    shift -= pairs
    value <<= 2 * pairs
    half = shift_right(value >> 1, 1)
    x = 1 << 28  # in Q3, as what follows
    for _ in range(5):
        cube = saturated_left(multiply_high(multiply_high(x, x), x), 6)
        x = saturated_left(multiply_high((1 << 28) + (1 << 27), x) - multiply_high(half, cube), 3)
    multiplier = multiply_high(x, 1518500250)
    return (multiplier << -shift, 0) if shift < 0 else (multiplier, -shift)
