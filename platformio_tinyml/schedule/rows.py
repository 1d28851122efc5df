"""RowCall: what a call needs to be made row by row, and its params for a few rows.

Rows are those of the first dimension that is not 1: the height of images, the length of what has one dimension only.
A kernel knows nothing of it: it is given a smaller tensor. Padding above and below is rows in memory, so only kernels
for which padding equals some value have any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..model import Tensor
from ..program import KernelCall, Params

LARGEST = 32767
"""Rows, strides and spans: the runtime holds them as int16_t."""
MOST = 127
"""Rows of a step: the runtime holds them as an int8_t."""
OWN = -1
"""In the place of an operand: the rows that the call adds to."""


@dataclass(frozen=True, slots=True)
class RowReading:
    """Operand `operand`, the tensor `tensor` (which owns memory) of `height` rows of `row` bytes.

    Output row y wants `span` rows from y // repeats * stride - pad on; rows outside the tensor are the byte `fill`.
    With `spans` it wants those, none of them outside: of each output row the first that is wanted from there on and the
    one behind the last that is wanted up to there.
    """

    operand: int
    tensor: int
    height: int
    row: int
    span: int = 1
    stride: int = 1
    pad: int = 0
    fill: int | None = None
    repeats: int = 1
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def is_row_for_row(self) -> bool:
        """Whether output row y is made of row y alone."""
        return not self.spans and (self.span, self.stride, self.pad, self.repeats) == (1, 1, 0, 1)


@dataclass(frozen=True, slots=True)
class RowCall:
    """A call whose output `tensor` has `height` rows of `row` bytes. `params_of(n)` are those for n rows at once.

    `band` is how many rows at a time suit the kernel; of a reading with repeats, a multiple of them. `over` are
    inputs whose rows the output's may replace. `instead` takes the call's place: its kernel is given the number of the
    first row too. With `folds` the rows are the input's: all make one output, in `room` bytes. `continues`: its rows
    are there, and it adds to them.
    """

    tensor: int
    height: int
    row: int
    readings: tuple[RowReading, ...]
    params_of: Callable[[int], Params]
    band: int
    over: frozenset[int]
    instead: KernelCall | None = None
    folds: bool = False
    room: int = 0
    continues: bool = False

    def by(self, times: int) -> RowCall:
        """With so many times as many rows at a time, if that many fit."""
        band = min(self.band * times, MOST // self.band * self.band, -(-self.height // self.band) * self.band)
        return self if self.folds or times == 1 else replace(self, band=band)


def rows_of(tensor: Tensor) -> tuple[int, int]:
    """(rows, bytes of one)."""
    height = next((size for size in tensor.shape if size != 1), 1)
    return height, tensor.size // max(height, 1)


def with_fields(params: Params, changed: dict[str, int]) -> Params:
    """The params with other values of some members."""
    return Params(params.struct, tuple((name, changed.get(name, value)) for name, value in params.fields))
