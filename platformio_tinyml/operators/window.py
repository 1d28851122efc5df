"""Sliding windows: output size, padding, and how far an output may run into its own input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..model import Padding

LARGEST_WALK = 1 << 16
"""Output elements that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One spatial axis: `taps` filter elements `dilation` apart, moved by `stride` over `size` elements.

    Source of the arithmetic: tensorflow/lite/kernels/padding.h.
    """

    size: int
    taps: int
    stride: int
    dilation: int
    padding: Padding

    @property
    def span(self) -> int:
        """Elements from the first tap to the last, both included."""
        return (self.taps - 1) * self.dilation + 1

    @property
    def output_size(self) -> int:
        """Number of windows; 0 or less if none fits."""
        covered = self.size if self.padding is Padding.SAME else self.size - self.span + 1
        return -(-covered // self.stride)

    @property
    def pad(self) -> int:
        """Elements that the first window reaches before the input; the odd one of an odd total is behind the input."""
        return max((self.output_size - 1) * self.stride + self.span - self.size, 0) // 2

    def first_reads(self) -> tuple[int | None, ...]:
        """For each window the first element of the input that it reads; None if all its taps are padding."""
        firsts: list[int | None] = []
        for window in range(self.output_size):
            origin = window * self.stride - self.pad
            taps_before = max(-(origin // self.dilation), 0)
            first = origin + taps_before * self.dilation
            firsts.append(first if taps_before < self.taps and first < self.size else None)
        return tuple(firsts)


def min_distance(
    batches: int, height: Axis, width: Axis, input_depth: int, output_depth: int, first_channels: Sequence[int]
) -> int:
    """Smallest address(input) - address(output) at which no byte is overwritten before its last read.

    For kernels that write an NHWC output of int8 in order, each element after the last read of its window, and read
    for output channel c no input channel before `first_channels[c]`, () if a window is read whole
    before the first of its channels is written. Over all writes of a byte o and
    bytes i read later, it is the largest o + 1 - i. The work is one step per output row and one per column.
    """
    columns = _suffix_minima(width.first_reads())
    rows = _suffix_minima(height.first_reads())
    output_width, output_row = len(columns) - 1, (len(columns) - 1) * output_depth
    input_row, input_batch = width.size * input_depth, height.size * width.size * input_depth
    # Within a row: writes in column x against the reads left in the row, relative to the row's first input byte.
    lags = [channel - first for channel, first in enumerate(first_channels) if channel > 0]
    within = [
        column * output_depth + max(lags) - first * input_depth
        for column, first in enumerate(width.first_reads())
        if lags and first is not None
    ] + [
        (column + 1) * output_depth - later * input_depth
        for column, later in enumerate(columns[1:output_width], start=0)
        if later is not None
    ]
    distance = -batches * input_batch
    first_row, first_column = rows[0], columns[0]
    if first_row is None or first_column is None:
        return distance
    for batch in range(batches):
        for row, first in enumerate(height.first_reads()):
            written = (batch * (len(rows) - 1) + row) * output_row
            if first is not None and within:
                distance = max(distance, written + max(within) - batch * input_batch - first * input_row)
            later = rows[row + 1]
            if later is not None:
                start = batch * input_batch + later * input_row
            elif batch + 1 < batches:
                start = (batch + 1) * input_batch + first_row * input_row
            else:
                continue
            distance = max(distance, written + output_row - start - first_column * input_depth)
    return distance


def min_distance_of_pairs(
    batches: int,
    height: Axis,
    width: Axis,
    input_depth: int,
    output_depth: int,
    early: Callable[[int], int | None],
) -> int:
    """As `min_distance`, for kernels that take two output elements of a batch at a time, in order.

    `early` says how many bytes of 1 or 2 elements may be written before a last read of their windows, less the channels
    of the input that come before what that reads; None if the windows are read whole before.

    Exact up to LARGEST_WALK output elements, beyond that too large if anything.
    """
    rows, columns = height.first_reads(), width.first_reads()
    elements = len(rows) * len(columns)
    output_batch, input_batch = elements * output_depth, height.size * width.size * input_depth
    if elements > LARGEST_WALK:
        everything = batches * output_batch
        return min_distance(batches, height, width, input_depth, output_depth, ()) if early(2) is None else everything
    firsts = [
        None if row is None or column is None else (row * width.size + column) * input_depth
        for row in rows
        for column in columns
    ]
    later = _suffix_minima(firsts)
    distances = []
    for start in range(0, elements, 2):
        end = min(start + 2, elements)
        known = [first for first in firsts[start:end] if first is not None]
        if known and (written := early(end - start)) is not None:
            distances.append(start * output_depth + written - min(known))
        if (following := later[end]) is not None:
            distances.append(end * output_depth - following)
    least = max(distances, default=-batches * input_batch)
    growth = output_batch - input_batch
    within = max(least, least + (batches - 1) * growth) if distances else least
    first = later[0]
    between = [] if first is None else [batch * growth - first for batch in ({1, batches - 1} if batches > 1 else ())]
    return max([within, *between])


def _suffix_minima(firsts: Sequence[int | None]) -> tuple[int | None, ...]:
    """Entry n is the smallest of firsts[n:], None if there is none; one entry more than `firsts`."""
    minima: list[int | None] = [None]
    for first in reversed(firsts):
        known = [value for value in (first, minima[-1]) if value is not None]
        minima.append(min(known, default=None))
    return tuple(reversed(minima))
