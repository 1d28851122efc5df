"""Program -> Program: which calls run as streams, so that the arena becomes smaller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..program import Program
from .build import Built
from .ends import ends, with_ends
from .price import is_affordable, work_of
from .resizing import with_one_kernel
from .row_calls import row_calls
from .search import Candidates, Search, State
from .usage import Usage

BANDS = (1, 2, 4)
"""Times as many rows are made at a time as suits the kernels, in the order in which it is tried: fewer steps take fewer
instructions and more bytes."""
WAYS = ((True, False), (False,))
"""What asks_makers of steps() may be, in the order in which it is tried: what takes the fewest bytes of each stream may
not do so of all together."""


class Schedules:
    """Streams for a program that lower the bytes in use at its fullest step."""

    def __init__(self, program: Program) -> None:
        self.program, self.usage, self.calls = program, Usage(program), row_calls(program)
        self._candidates: dict[int, Candidates] = {}

    def whole(self) -> Iterator[tuple[tuple[Built, ...], bool]]:
        """With all inputs and outputs held whole: streams, each with whether they are affordable; nothing where none
        lower it.

        Of what is on the search's way the last that is_affordable; where that is not the end, the end too, and the
        former with more rows at a time.
        """
        work = work_of(self.program)
        for ways in WAYS:
            best: State | None = None
            for times in BANDS:
                states = Search(self._whole(times), ways).run()
                most = max(states[0].bytes, 1)
                affordable = [s for s in states if is_affordable(sum(b.price for b in s.built), work, s.bytes / most)]
                best = min([*([best] if best else []), *affordable], key=lambda state: state.bytes)
                if affordable[-1] is states[-1]:
                    break
                if times == 1:
                    yield states[-1].built, False
            if best and best.built:
                yield best.built, True

    def with_rows(self, *, by_rows: bool, rows_out: bool) -> Iterator[tuple[Built, ...]]:
        """`by_rows`: the first stream is handed the input's rows, `rows_out`: the last one hands out the output's,
        whatever that costs. ModelError where that cannot be.
        """
        calls = with_ends(self.program, self.calls, by_rows=by_rows, rows_out=rows_out)
        candidates = Candidates(self.program, self.usage, calls, self._whole(1))
        for ways in WAYS:
            likely = Search(self._whole(1), ways).run()[-1].built
            yield _smallest(Search(candidates, ways), ends(Search(candidates, ways), likely, by_rows, rows_out)).built

    def _whole(self, times: int) -> Candidates:
        if times not in self._candidates:
            calls = {number: call.by(times) for number, call in self.calls.items()}
            self._candidates[times] = Candidates(self.program, self.usage, calls)
        return self._candidates[times]


def _smallest(search: Search, ways: Iterable[tuple[Built, ...]]) -> State:
    """Of those that have the streams of one of the ways, or some that take them in."""
    best: State | None = None
    for fixed in ways:
        # Those that take these in are among the ways too.
        if best is None or max(map(search.cost, fixed)) < best.bytes:
            found = search.run(fixed)[-1]
            best = found if best is None or found.bytes < best.bytes else best
    assert best is not None, "there is one way at least"
    return best


def with_streams(program: Program, built: tuple[Built, ...]) -> Program:
    """The program with these streams, which are in order and disjoint."""
    inside = {call for each in built for call in range(each.stream.first, each.stream.last + 1)}
    calls = list(program.calls)
    for each in built:
        for position, call in each.instead:
            calls[position] = call
    scheduled = replace(
        program,
        calls=tuple(calls),
        views=(*program.views, *(view for each in built for view in each.views)),
        overlaps=(
            *(overlap for overlap in program.overlaps if overlap.call not in inside),
            *(overlap for each in built for overlap in each.overlaps),
        ),
        streams=tuple(each.stream for each in built),
    )
    return with_one_kernel(scheduled)
