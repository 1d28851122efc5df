"""What runs row by row, as a model's manifest has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamedTensor:
    """What call `call` writes row by row: `tensor`, as (offset in the arena, bytes, times, bytes to the next) by turns.

    Each turn is read right after the call that wrote it; one behind the other they are the tensor.
    """

    call: int
    tensor: int
    name: str
    pieces: tuple[tuple[int, int, int, int], ...]

    def turns(self) -> tuple[tuple[int, int], ...]:
        """(offset, bytes) of each turn."""
        return tuple((at + turn * step, size) for at, size, times, step in self.pieces for turn in range(times))


@dataclass(frozen=True)
class StreamInfo:
    """Calls `first` to `last` run by turns, in the order of `order`: numbers of calls, separated by blanks."""

    first: int
    last: int
    order: str
    tensors: tuple[StreamedTensor, ...]
