"""Program -> Program: which calls run as streams, so that the arena becomes smaller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ..errors import ModelError
from ..program import APPLICATION, Program
from .build import Built, build
from .least import least_bytes
from .price import is_affordable, work_of
from .resizing import with_one_kernel
from .row_calls import handed_rows, row_calls, taken_rows
from .rows import RowCall
from .usage import Usage

WORK = 100_000
"""Steps of streams that are tried, in all: the search counts its work, so the same model gives the same streams."""
LONGEST = 48
"""Calls of a stream at most."""
CANDIDATES = 16
"""Streams at most that are tried as those that take the input's rows."""
BANDS = (1, 2, 4)
"""Times as many rows are made at a time as suits the kernels, in the order in which it is tried: fewer steps take fewer
instructions and more bytes."""
WAYS = ((True, False), (False,))
"""What asks_makers of steps() may be, in the order in which it is tried: what takes the fewest bytes of each stream may
not do so of all together."""


def schedules(
    program: Program, *, by_rows: bool = False, rows_out: bool = False
) -> Iterator[tuple[tuple[Built, ...], bool]]:
    """Streams that lower the bytes in use at the fullest step, each with whether they are affordable; nothing where
    none does.

    As long as there is one: the fullest step becomes a part of the stream around it that is best. Of what is on the way
    there the last that is_affordable; where that is not the end, the end too, and the former with more rows at a time.
    `by_rows`: the first stream is handed the input's rows, `rows_out`: the last one hands out the output's, whatever
    that costs; ModelError where that cannot be.
    """
    known: dict[int, _Known] = {times: {} for times in BANDS}
    with_rows: _Known = {}
    work = work_of(program)
    for ways in WAYS:
        if by_rows or rows_out:
            search = _Search(program, ways, known[1])
            ends = search.ends(by_rows, rows_out, with_rows)
            yield min((search.run(each)[-1] for each in ends), key=lambda found: found.bytes).built, True
            continue
        best: _State | None = None
        for times in BANDS:
            states = _Search(program, ways, known[times], times).run()
            whole = max(states[0].bytes, 1)
            affordable = [s for s in states if is_affordable(sum(b.price for b in s.built), work, s.bytes / whole)]
            best = min([*([best] if best else []), *affordable], key=lambda state: state.bytes)
            if affordable[-1] is states[-1]:
                break
            if times == 1:
                yield states[-1].built, False
        if best and best.built:
            yield best.built, True


_Known = dict[tuple[int, int], tuple[Built, ...]]


@dataclass(frozen=True, slots=True)
class _State:
    """Bytes in use at the fullest step of a program with streams."""

    bytes: int
    built: tuple[Built, ...]


class _Search:
    def __init__(self, program: Program, ways: Sequence[bool], known: _Known, times: int = 1) -> None:
        """`times` as many rows are made at a time as suits the kernels."""
        self.program, self.ways = program, ways
        self.rows: dict[int, RowCall] = {call: rows.by(times) for call, rows in row_calls(program).items()}
        self.work = WORK
        self.known = known
        self.tried: set[tuple[int, int]] = set()
        self.least: dict[int, list[int]] = {}
        self.usage = Usage(program)

    def ends(self, by_rows: bool, rows_out: bool, known: _Known) -> list[tuple[Built, ...]]:
        """Streams that may take the input's rows, or hand out the output's, or both: those of the fewest bytes, and as
        far as those of a whole one go. `known` are of a search with such rows.
        """
        calls = len(self.program.calls)
        streams = [built.stream for built in self.run()[-1].built]
        if by_rows:
            self.rows[APPLICATION] = handed_rows(self.program, self.rows)
        if rows_out:
            self.rows[calls] = taken_rows(self.program, self.rows)
        self.known = known
        self.tried.clear()
        self.least.clear()
        last = calls - 1
        heads = self._fitting([(0, end) for end in range(len(self._least(0)))] if by_rows else [])
        begins = range(last, max(calls - LONGEST, 0) - 1, -1)
        tails = self._fitting(
            [(begin, last) for begin in begins if len(self._least(begin)) > last - begin] if rows_out else []
        )
        self.work = WORK
        if by_rows and not heads:
            raise ModelError(
                "rows of the input cannot be handed in: its first operators need it whole",
                "Hand it in whole (docs/rows.md).",
            )
        if rows_out and not tails:
            raise ModelError(
                "rows of the output cannot be handed out: its last operators need their inputs whole",
                "Take it whole (docs/rows.md).",
            )
        pairs: list[tuple[Built, ...]] = [(each,) for each in heads or tails]
        if by_rows and rows_out:
            pairs = [(each,) for each in heads if each.stream.last == calls - 1]
            pairs += [(a, b) for a in heads for b in tails if a.stream.last < b.stream.first]
        lasts = {s.last for s in streams if s.first == 0} if by_rows else set(range(calls))
        firsts = {s.first for s in streams if s.last == calls - 1} if rows_out else {0}
        as_whole = [pair for pair in pairs if pair[0].stream.last in lasts and pair[-1].stream.first in firsts]
        return [*sorted(pairs, key=self._most)[:CANDIDATES], *as_whole[:1]]

    def _fitting(self, ranges: Iterable[tuple[int, int]]) -> list[Built]:
        """Those that can be streams, the first of them whatever the search has cost before."""
        self.work = WORK // 2
        return [built for first, last in ranges if (built := self._built(first, last))]

    def _most(self, fixed: Sequence[Built]) -> int:
        """Bytes in use at the fullest step where nothing else streams."""
        steps = {(each.stream.first, each.stream.last): each for each in fixed}
        inside = {call for first, last in steps for call in range(first, last + 1)}
        alone = [bytes_ for call, bytes_ in enumerate(self.usage.alone) if call not in inside]
        return max(*(self._cost(step, built) for step, built in steps.items()), *alone, 0)

    def run(self, fixed: Sequence[Built] = ()) -> list[_State]:
        """Each smaller than the one before; they have the streams `fixed`, or some that take them in."""
        chosen = {each.stream.first: each for each in fixed}
        steps, call = [], 0
        while call < len(self.program.calls):
            last = chosen[call].stream.last if call in chosen else call
            steps.append((call, last))
            call = last + 1
        states: list[_State] = []
        while True:
            cost = {step: self._cost(step, chosen.get(step[0])) for step in steps}
            fullest = max(steps, key=lambda step: cost[step], default=None)
            built = tuple(chosen[call] for call in sorted(chosen))
            states.append(_State(cost[fullest] if fullest else 0, built))
            best = self._best(steps, steps.index(fullest), cost) if fullest else None
            if best is None:
                return states
            first, last, stream = best
            chosen = {call: each for call, each in chosen.items() if not first <= call <= last} | {first: stream}
            steps = [s for s in steps if s[0] < first] + [(first, last)] + [s for s in steps if s[0] > last]

    def _best(
        self, steps: list[tuple[int, int]], at: int, cost: Mapping[tuple[int, int], int]
    ) -> tuple[int, int, Built] | None:
        """Of the streams that take in step number `at` the one of the fewest bytes, of equal ones the shortest."""
        limit = cost[steps[at]], 0
        best: tuple[int, int, Built] | None = None
        for least, length, begin in sorted(self._promising(steps, at, limit[0])):
            if (least, length) >= limit:
                break
            first, last = steps[begin][0], steps[begin + length - 1][1]
            built = self._built(first, last)
            if built and (bytes_ := self._cost((first, last), built), length) < limit:
                best, limit = (first, last, built), (bytes_, length)
        return best

    def _promising(self, steps: list[tuple[int, int]], at: int, below: int) -> Iterator[tuple[int, int, int]]:
        """(bytes in use at least, steps, number of the first) of the streams that take in step number `at`."""
        for begin in range(max(at - LONGEST + 1, 0), at + 1):
            first, least = steps[begin][0], self._least(steps[begin][0])
            for end in range(max(at, begin + 1), len(steps)):
                last = steps[end][1]
                if last - first >= len(least):
                    break
                if least[last - first] < below:
                    yield least[last - first], end - begin + 1, begin

    def _least(self, first: int) -> list[int]:
        """Bytes in use at least while calls `first` to each later one run as a stream."""
        if first not in self.least:
            streams = islice(least_bytes(self.program, first, self.rows), LONGEST)
            self.least[first] = [
                self.usage.beside(first, last, tensors) + bytes_
                for last, (bytes_, tensors) in enumerate(streams, first)
            ]
        return self.least[first]

    def _built(self, first: int, last: int) -> Built | None:
        key = first, last
        if key not in self.tried:
            if self.work <= 0:
                return None
            if key not in self.known:
                self.known[key] = build(self.program, first, last, self.rows)
            built = self.known[key]
            self.work -= len(built[0].stream.order) * (last - first + 1) // 8 + 50 if built else 10
            self.tried.add(key)
        allowed = (each for each in self.known[key] if each.asks_makers in self.ways)
        return min(allowed, key=lambda each: each.bytes, default=None)

    def _cost(self, step: tuple[int, int], built: Built | None) -> int:
        """Bytes in use at a step."""
        first, last = step
        if built is None:
            return self.usage.alone[first]
        return self.usage.beside(first, last, built.tensors) + built.bytes


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
