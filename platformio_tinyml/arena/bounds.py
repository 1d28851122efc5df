"""Bytes that a call needs at the very least, wherever buffers are placed. docs/arena.md has the definitions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from ..program import BUFFER_ALIGNMENT, ArenaBuffer
from .sharing import Sharing


def round_up(value: int, alignment: int) -> int:
    """The least multiple of `alignment` that is not below `value`."""
    return -(-value // alignment) * alignment


def least_extents(buffers: Sequence[ArenaBuffer], sharings: Sequence[Sharing], calls: int) -> list[int]:
    """Per time -1, 0 ... calls (so element 0 is time -1): bytes that the live buffers occupy at the very least.

    All offsets are multiples of BUFFER_ALIGNMENT, so sizes count rounded up to it.
    """
    change = [0] * (calls + 3)
    for buffer in buffers:
        change[buffer.first_used + 1] += _granules(buffer.size)
        change[buffer.last_used + 2] -= _granules(buffer.size)
    extents = list(accumulate(change))[:-1]

    by_call: dict[int, list[Sharing]] = {}
    for sharing in sharings:
        by_call.setdefault(buffers[sharing.output].first_used, []).append(sharing)
    for call, group in by_call.items():
        inputs = sum(_granules(buffers[index].size) for index in {sharing.input for sharing in group})
        outputs = sum(_granules(buffers[index].size) for index in {sharing.output for sharing in group})
        spans = [_granules(max(sharing.distance, 0)) + _granules(buffers[sharing.input].size) for sharing in group]
        extents[call + 1] -= inputs + outputs - max(inputs, outputs, *spans)
    return extents


def _granules(size: int) -> int:
    return round_up(size, BUFFER_ALIGNMENT)
