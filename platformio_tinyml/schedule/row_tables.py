"""Readings of calls that find the rows of their input in a table: each output row wants those that it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import gcd

from ..program import scale_of
from .rows import MOST, RowReading


@dataclass(frozen=True, slots=True)
class Line:
    """The row at which the runtime lets a step look that begins with output row y: y // repeats * stride - pad, 0 where
    that is less. The kernel goes on from there to those of the table.
    """

    stride: int
    pad: int
    repeats: int

    def fields(self) -> dict[str, int]:
        """Members of a kernel's params."""
        return {"stride": self.stride, "pad": self.pad, "scale": scale_of(self.repeats)}

    def at(self, row: int) -> int:
        return max(row // self.repeats * self.stride - self.pad, 0)


WHOLE = Line(stride=0, pad=0, repeats=1)
"""Of a call that makes all rows."""


def table_reading(
    tensor: int, rows: int, row: int, wanted: Sequence[tuple[int, int]]
) -> tuple[RowReading, Line] | None:
    """A reading of operand 0, of `rows` rows of `row` bytes; `wanted` are the first and the last that each output row
    is made of. Of the lines that could be, the one for which the fewest rows are held.
    """
    firsts = list(accumulate(reversed([first for first, _ in wanted]), min))[::-1]
    lasts = list(accumulate((last for _, last in wanted), max))
    best: tuple[int, Line] | None = None
    for line in _lines(rows, firsts, lasts):
        held = max(last + 1 - min(line.at(y), first) for y, (first, last) in enumerate(zip(firsts, lasts, strict=True)))
        if best is None or held < best[0]:
            best = held, line
    if best is None:
        return None
    held, line = best
    spans = tuple((min(line.at(y), first), last + 1) for y, (first, last) in enumerate(zip(firsts, lasts, strict=True)))
    reading = RowReading(
        0, tensor, rows, row, span=held, stride=line.stride, pad=line.pad, repeats=line.repeats, spans=spans
    )
    return reading, line


def _lines(rows: int, firsts: Sequence[int], lasts: Sequence[int]) -> Iterator[Line]:
    """As the heights are to each other, and row for row; each as far down as it never points behind the rows that are
    there, and as far as it never points behind those that are wanted.
    """
    height = len(firsts)
    common = gcd(rows, height)
    ratios = ((height // common, rows // common), (1, 1)) if rows > 1 else ((1, 0),)
    for repeats, stride in dict.fromkeys(ratios):
        if repeats <= MOST:
            starts = range(0, height, repeats)
            for ends in ([last + 1 for last in lasts], firsts):
                yield Line(stride, max(y // repeats * stride - ends[y] for y in starts), repeats)
