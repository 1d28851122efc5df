"""Bytes that streams take at least: what a search knows of those that it has not built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..program import APPLICATION, Program
from .rows import OWN, RowCall, RowReading


def least_bytes(program: Program, first: int, calls: Mapping[int, RowCall]) -> Iterator[tuple[int, Iterable[int]]]:
    """Of the streams of calls `first` to each later one what Built.bytes is not below, and the windows that it adds.

    Ends before the first call that cannot be made row by row, or does not see the rows that others make. At its start
    a stream holds all that it is given and wants, at its end its outputs, and of other tensors the rows of one step.
    """
    found, behind, known = _Windows(program), len(program.calls), 0
    if first == 0 and APPLICATION in calls and not found.take(calls[APPLICATION], APPLICATION):
        return
    for call in range(first, behind):
        if call not in calls or not found.take(calls[call], call):
            return
        if call == behind - 1 and behind in calls and not found.take(calls[behind], behind):
            return
        tensors = list(found.sizes)
        yield found.bytes, tensors[known:]
        known = len(tensors)


class _Windows:
    """What the calls taken so far need windows for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.made: dict[int, RowCall] = {}
        self.rows: dict[int, int] = {}
        """Of a tensor made that are wanted at a time."""
        self.sizes: dict[int, int] = {}
        """Bytes of each window at the end, without those of tensors that have died."""
        self.at_start = self.at_end = 0

    @property
    def bytes(self) -> int:
        return max(self.at_start, self.at_end)

    def take(self, call: RowCall, number: int) -> bool:
        """One call more. False if it does not see the rows that others make."""
        if call.continues != (call.tensor in self.made) or (call.tensor in self.sizes and not call.continues):
            return False
        if not call.continues:
            self.made[call.tensor] = call
            self.rows[call.tensor] = _step(call)
        for reading in call.readings:
            if reading.operand != OWN and reading.tensor not in self.sizes:
                begin = reading.spans[0][0] if reading.spans else -reading.pad
                self.at_start += (reading.height - max(begin, 0)) * reading.row
            if reading.tensor in self.made:
                self.rows[reading.tensor] = max(self.rows[reading.tensor], _wanted(call, reading))
        for reading in call.readings:
            self._set(reading.tensor, self._size(reading, call, number))
        self._set(call.tensor, self._held(call.tensor, number))
        return True

    def _set(self, tensor: int, size: int) -> None:
        self.at_end += size - self.sizes.get(tensor, 0)
        self.sizes[tensor] = size

    def _size(self, reading: RowReading, call: RowCall, number: int) -> int:
        tensor = reading.tensor
        if tensor not in self.made:
            dies = self._has_ended(tensor, number) and not self.program.model.tensors[tensor].is_variable
            return 0 if dies else reading.height * reading.row
        may_be_replaced = tensor in call.over and self.program.readers[tensor] == {number}
        return 0 if may_be_replaced else self._held(tensor, number)

    def _held(self, tensor: int, number: int) -> int:
        maker = self.made[tensor]
        whole = maker.folds or not self._has_ended(tensor, number)
        rows = maker.height if whole else min(self.rows[tensor], maker.height)
        return max(rows * maker.row, 0 if maker.over else maker.room)

    def _has_ended(self, tensor: int, number: int) -> bool:
        return max(self.program.readers.get(tensor, (number + 1,))) <= number


def _step(call: RowCall) -> int:
    """Rows that the largest step makes, at least: the first of two rows may make one of them."""
    return min(call.band, call.height) if call.band != 2 or call.height > 2 else 1


def _wanted(call: RowCall, reading: RowReading) -> int:
    """Rows that the largest step wants, at least."""
    if reading.spans:
        return max(end - begin for begin, end in reading.spans)
    return (_step(call) - 1) // reading.repeats * reading.stride + reading.span
