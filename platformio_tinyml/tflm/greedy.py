"""Where TFLM's planner puts buffers, and so how much memory it takes: tensorflow/lite/micro/memory_planner/greedy*.

The largest buffer first, of equal ones the last; each at the lowest offset where it fits between those that are live
at the same time. Buffers with an offset of their own (an offline plan) are placed before all others.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planned:
    """A buffer: bytes (a multiple of 16), first and last time both included, `offset` where an offline plan has one."""

    size: int
    first_used: int
    last_used: int
    offset: int | None = None


def greedy_size(buffers: Sequence[Planned]) -> int:
    """Bytes that the plan takes, from offset 0 to the end of the buffer that ends last."""
    online = [index for index, buffer in enumerate(buffers) if buffer.offset is None]
    online.sort(key=lambda index: (-buffers[index].size, -index))
    placed = sorted((buffer.offset, index) for index, buffer in enumerate(buffers) if buffer.offset is not None)
    for index in online:
        insort(placed, (_gap(buffers, placed, buffers[index]), index))
    return max((offset + buffers[index].size for offset, index in placed), default=0)


def _gap(buffers: Sequence[Planned], placed: Sequence[tuple[int, int]], wanted: Planned) -> int:
    """The lowest offset with room for `wanted`; `placed` are (offset, index) from low to high."""
    free = 0
    for offset, index in placed:
        other = buffers[index]
        if other.first_used <= wanted.last_used and wanted.first_used <= other.last_used:
            if offset - free >= wanted.size:
                break
            free = max(free, offset + other.size)
    return free
