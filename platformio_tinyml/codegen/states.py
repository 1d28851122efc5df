"""How a program's state gets its initial values: runs of one byte, which every model seen has, or a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ..program import Program


@dataclass(frozen=True, slots=True)
class Reset:
    """`size` bytes of the state from `offset` on are set to `byte`."""

    offset: int
    size: int
    byte: int


def resets(program: Program) -> tuple[Reset, ...]:
    """In order of the offset; bytes between states belong to the run before them."""
    whole = bytearray(program.state_size)
    last = 0
    for state in program.states:
        whole[state.offset : state.offset + len(state.initial)] = state.initial
        if state.offset > last and state.offset:
            whole[last : state.offset] = bytes([whole[last - 1]]) * (state.offset - last)
        last = state.offset + len(state.initial)
    return tuple(_runs(bytes(whole)))


def _runs(data: bytes) -> Iterator[Reset]:
    offset = 0
    for byte, run in groupby(data):
        size = len(list(run))
        yield Reset(offset, size, byte)
        offset += size
