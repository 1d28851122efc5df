"""First fit: buffers in some order, each at the lowest offset that those placed before it leave free.

Two buffers that are live together forbid one open interval of the difference of their offsets: a - b is not
in (-size(a), size(b)). A Sharing narrows that interval and is otherwise no special case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..program import ArenaBuffer
from .bounds import round_up
from .sharing import Sharing

UNLIMITED = 1 << 62


@dataclass(frozen=True, slots=True)
class Layout:
    """What to place. Sizes are rounded up to the buffer's alignment.

    `conflicts[a]` holds (b, low, high): offset(a) - offset(b) must not lie strictly between low and high.
    `shares` tells whether any pair may share bytes; without that, a mirrored layout gives the same sizes.
    `downward`: offsets count from the arena's end down to the buffer's end.
    """

    sizes: tuple[int, ...]
    alignments: tuple[int, ...]
    conflicts: tuple[tuple[tuple[int, int, int], ...], ...]
    shares: bool
    downward: bool = False

    def mirrored(self) -> Layout:
        """The same layout with `downward` offsets."""
        conflicts = tuple(
            tuple((other, self.sizes[other] - size - high, self.sizes[other] - size - low) for other, low, high in row)
            for size, row in zip(self.sizes, self.conflicts, strict=True)
        )
        return replace(self, conflicts=conflicts, downward=not self.downward)

    def from_base(self, offsets: Sequence[int], end: int) -> tuple[int, ...]:
        """`offsets` counted from the base of an arena of `end` bytes."""
        if self.downward:
            return tuple(end - offset - size for offset, size in zip(offsets, self.sizes, strict=True))
        return tuple(offsets)


def make_layout(buffers: Sequence[ArenaBuffer], sharings: Sequence[Sharing]) -> Layout:
    """Conflicts of all pairs that are live together; `buffers` are in order of first use."""
    sizes = tuple(round_up(buffer.size, buffer.alignment) for buffer in buffers)
    distances = {(sharing.input, sharing.output): sharing.distance for sharing in sharings}
    conflicts: list[list[tuple[int, int, int]]] = [[] for _ in buffers]
    live: list[int] = []
    for index, buffer in enumerate(buffers):
        live = [other for other in live if buffers[other].last_used >= buffer.first_used]
        for other in live:
            high = sizes[index]
            if (other, index) in distances:
                high = min(high, distances[other, index])
            conflicts[other].append((index, -sizes[other], high))
            conflicts[index].append((other, -high, sizes[other]))
        live.append(index)
    alignments = tuple(buffer.alignment for buffer in buffers)
    return Layout(sizes, alignments, tuple(map(tuple, conflicts)), shares=bool(sharings))


def first_fit(layout: Layout, order: Sequence[int], limit: int) -> tuple[list[int], int | None]:
    """Place in `order` below `limit`: (offsets, None), or (offsets so far, the buffer that did not fit)."""
    offsets = [-1] * len(layout.sizes)
    for index in order:
        taken = [
            (offsets[other] + low, offsets[other] + high)
            for other, low, high in layout.conflicts[index]
            if offsets[other] >= 0
        ]
        taken.sort()
        offset = 0
        for low, high in taken:
            if low >= offset:
                break
            if offset < high:
                offset = round_up(high, layout.alignments[index])
        if offset + layout.sizes[index] > limit:
            return offsets, index
        offsets[index] = offset
    return offsets, None
