"""Ranges in words: two digits of each end, rounded outwards, since what lies below them is not known."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context

Pair = tuple[float, float] | tuple[int, int] | None
_COUNTS = ((1e6, "million"), (1, ""))
_TIMES = ((1e6, "s"), (1e3, "ms"), (1, "us"))
_ENERGIES = ((1e6, "J"), (1e3, "mJ"), (1, "uJ"))


def instructions(bound: Pair) -> str:
    """`1,234`, exact where both ends are the same; `0.012 to 1.3 million`; `not known`."""
    if bound is None:
        return "not known"
    low, high = bound
    return f"{low:,}" if low == high else _in(_COUNTS, bound)


def latency(microseconds: tuple[float, float]) -> str:
    """`1.2 to 2.4 ms`."""
    return _in(_TIMES, microseconds)


def energy(microjoules: tuple[float, float]) -> str:
    """`1.2 to 2.4 mJ`."""
    return _in(_ENERGIES, microjoules)


def _in(units: Sequence[tuple[float, str]], pair: tuple[float, float]) -> str:
    low, high = pair
    unit, name = next((row for row in units if high >= row[0]), units[-1])
    return f"{_two_digits(low / unit, ROUND_FLOOR):,g} to {_two_digits(high / unit, ROUND_CEILING):,g} {name}".rstrip()


def _two_digits(value: float, rounding: str) -> float:
    # Six digits first: a product of floats is not to be rounded outwards for its last bit.
    return float(Context(prec=2, rounding=rounding).create_decimal(f"{value:.6g}"))
