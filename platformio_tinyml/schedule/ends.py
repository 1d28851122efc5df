"""Streams that take the input's rows from the application, or hand the output's to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import ModelError
from ..program import APPLICATION, Program
from .build import Built
from .row_calls import handed_rows, taken_rows
from .rows import RowCall
from .search import LONGEST, Candidates, Range, Search

MOST = 16
"""How many of them are tried at most."""

_Ranges = tuple[Range, ...]


def with_ends(program: Program, calls: dict[int, RowCall], *, by_rows: bool, rows_out: bool) -> dict[int, RowCall]:
    """The calls, with the application as the maker of the input's rows, or as the one that takes the output's."""
    handed = {APPLICATION: handed_rows(program, calls)} if by_rows else {}
    taken = {len(program.calls): taken_rows(program, calls)} if rows_out else {}
    return calls | handed | taken


def ends(search: Search, likely: Sequence[Built], by_rows: bool, rows_out: bool) -> Iterator[tuple[Built, ...]]:
    """Streams that may take the input's rows, or hand out the output's, or both: those of the fewest bytes, by their
    bound, and such as go as far as those do that are `likely`.

    Raises ModelError where there is none.
    """
    known = search.candidates
    last = len(known.program.calls) - 1
    heads: list[Range] = [(0, end) for end in range(len(known.least(0)))] if by_rows else []
    begins = (begin for begin in range(last, max(last - LONGEST, -1), -1) if len(known.least(begin)) > last - begin)
    tails: list[Range] = [(begin, last) for begin in begins] if rows_out else []
    ways: list[_Ranges] = [(each,) for each in heads or tails]
    if by_rows and rows_out:
        ways = [(each,) for each in heads if each[1] == last]
        ways += [(head, tail) for head in heads for tail in tails if head[1] < tail[0]]
    ranges = {(each.stream.first, each.stream.last) for each in likely}
    as_likely = [way for way in ways if ranges.issuperset(way)]
    found = 0
    for way in (*sorted(ways, key=lambda way: _bytes(known, way)), *as_likely[:1]):
        if (found < MOST and (search.work > 0 or not found)) or way in as_likely[:1]:
            built = [search.stream(each) for each in way]
            if all(built):
                found += 1
                yield tuple(each for each in built if each)
    if not found:
        if by_rows and not any(search.stream(each) for each in heads):
            raise ModelError(
                "rows of the input cannot be handed in: its first operators need it whole",
                "Hand it in whole (docs/rows.md).",
            )
        raise ModelError(
            "rows of the output cannot be handed out: its last operators need their inputs whole",
            "Take it whole (docs/rows.md).",
        )


def _bytes(known: Candidates, ranges: _Ranges) -> int:
    """In use at the fullest step, at least, where nothing else streams."""
    most, call = 0, 0
    for first, last in ranges:
        most = max(most, known.least(first)[last - first], *known.usage.alone[call:first])
        call = last + 1
    return max(most, *known.usage.alone[call:], 0)
