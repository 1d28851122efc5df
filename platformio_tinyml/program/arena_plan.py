"""ArenaPlan: where each activation lies in the arena. Planners and `verify` are in arena/."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .program import Overlap

ARENA_ALIGNMENT = 16
"""Bytes. The arena's base address and its size are multiples of this."""

BUFFER_ALIGNMENT = 4
"""Bytes. Least alignment of a buffer: a kernel may load whole words. Wider elements want more (docs/arena.md)."""

SCRATCH_ALIGNMENT = 8
"""Bytes. A kernel may lay any integer type into its scratch."""


@dataclass(frozen=True, slots=True)
class ArenaBuffer:
    """Memory wanted from step `first_used` to step `last_used` of the program, both included.

    -1 is the time before the first step (model inputs), len(steps) the time after the last (model outputs).
    `tensor` is the tensor's index, None for a step's scratch.
    """

    name: str
    size: int
    alignment: int
    first_used: int
    last_used: int
    tensor: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """A buffer at a byte offset from the arena's base."""

    buffer: ArenaBuffer
    offset: int


@dataclass(frozen=True)
class ArenaPlan:
    """Placements of all buffers, in order of first use. All figures in bytes; docs/arena.md defines them.

    `lower_bound`: over all steps the largest sum of live buffers with scratch, views merged, no dying input reused.
    `planned_bound`: the same after the reuse of dying inputs that the plan decided on. `size` is at least
    planned_bound and may lie below lower_bound. `peak` is the step at which the planned sum is largest (-1 without
    steps). `overlaps` are those of Program.overlaps that the plan uses: buffers of input and output share bytes.
    `keep_input`: the model's inputs still hold their values after the last call.
    """

    placements: tuple[Placement, ...]
    size: int
    alignment: int
    lower_bound: int
    planned_bound: int
    peak: int
    planner: str
    overlaps: tuple[Overlap, ...] = ()
    keep_input: bool = False

    def offset_of(self, tensor: int) -> int:
        """Byte offset of the tensor that owns memory (see Program.storage); KeyError if it has none."""
        return self._offsets[tensor]

    def scratch_of(self, step: int) -> int:
        """Byte offset of the scratch of a step; KeyError if it has none."""
        return self._scratch[step]

    @cached_property
    def _offsets(self) -> dict[int, int]:
        return {place.buffer.tensor: place.offset for place in self.placements if place.buffer.tensor is not None}

    @cached_property
    def _scratch(self) -> dict[int, int]:
        return {place.buffer.first_used: place.offset for place in self.placements if place.buffer.tensor is None}
