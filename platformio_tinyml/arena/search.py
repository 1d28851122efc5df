"""The order in which first fit places buffers: a few good ones, then a bounded search for a better one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..program import ARENA_ALIGNMENT, ArenaBuffer
from .bounds import round_up
from .first_fit import UNLIMITED, Layout, first_fit

SEARCH_WORK = 200_000
"""How many conflicts between two buffers the search looks at: it bounds the time, equally on every computer."""


@dataclass(frozen=True, slots=True)
class Found:
    """Offsets of all buffers, the arena's size, and how they were found (one line for the report)."""

    offsets: tuple[int, ...]
    size: int
    planner: str


@dataclass(frozen=True, slots=True)
class _Start:
    found: Found
    order: tuple[int, ...]
    layout: Layout


def place(buffers: Sequence[ArenaBuffer], layout: Layout, loads: Sequence[int], target: int) -> Found:
    """The smallest placement found; no further search once its size is `target`.

    `loads` are the bytes live at each time from -1 on (least_extents). Always gives the same answer.
    """
    directions = (layout, layout.mirrored()) if layout.shares else (layout,)
    starts = [
        _Start(_found(directed, first_fit(directed, order, UNLIMITED)[0], f"first fit by {name}"), order, directed)
        for name, order in _orders(buffers, loads)
        for directed in directions
    ]
    starts.sort(key=lambda start: start.found.size)
    best = starts[0].found
    work = SEARCH_WORK
    for number, start in enumerate(starts):
        share = work // (len(starts) - number)
        best, spent = _improve(start, best, target, share)
        work -= spent
    return best


def _improve(start: _Start, best: Found, target: int, work: int) -> tuple[Found, int]:
    """(better of `best` and what this start leads to, work spent).

    A buffer that finds no room below the best size moves half-way to the front of the order; if that order was
    tried before, to the front.
    """
    order, layout = list(start.order), start.layout
    tried: set[tuple[int, ...]] = set()
    spent = 0
    while best.size > target and spent < work:
        offsets, blocked = first_fit(layout, order, best.size - ARENA_ALIGNMENT)
        if blocked is None:
            best = _found(layout, offsets, f"search from {start.found.planner}")
            continue
        position = order.index(blocked)
        spent += sum(1 + len(layout.conflicts[index]) for index in order[: position + 1])
        for destination in (position // 2, 0):
            order.remove(blocked)
            order.insert(destination, blocked)
            if tuple(order) not in tried:
                break
        else:
            break
        tried.add(tuple(order))
    return best, spent


def _found(layout: Layout, offsets: Sequence[int], planner: str) -> Found:
    size = round_up(max(map(sum, zip(offsets, layout.sizes, strict=True)), default=0), ARENA_ALIGNMENT)
    return Found(layout.from_base(offsets, size), size, planner)


def _orders(buffers: Sequence[ArenaBuffer], loads: Sequence[int]) -> list[tuple[str, tuple[int, ...]]]:
    """Orders by name. Ties go to the later buffer: an output is placed before the input that it may share with."""
    peak = loads.index(max(loads)) - 1

    def load(buffer: ArenaBuffer) -> int:
        return max(loads[buffer.first_used + 1 : buffer.last_used + 2])

    def distance_from_peak(buffer: ArenaBuffer) -> int:
        return max(buffer.first_used - peak, peak - buffer.last_used, 0)

    def lifetime(buffer: ArenaBuffer) -> int:
        return buffer.last_used - buffer.first_used + 1

    keys: dict[str, Callable[[ArenaBuffer], tuple[int, ...]]] = {
        "size": lambda buffer: (-buffer.size, -buffer.first_used),
        "size, early ones first": lambda buffer: (-buffer.size, buffer.first_used),
        "size times lifetime": lambda buffer: (-buffer.size * lifetime(buffer), -buffer.first_used),
        "fullest call": lambda buffer: (-load(buffer), -buffer.size, -buffer.first_used),
        "distance from the peak": lambda buffer: (distance_from_peak(buffer), -buffer.size, -buffer.first_used),
        "time, backwards": lambda buffer: (-buffer.first_used, -buffer.size),
    }
    return [
        (name, tuple(sorted(range(len(buffers)), key=lambda index: key(buffers[index])))) for name, key in keys.items()
    ]
