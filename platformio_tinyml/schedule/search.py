"""The search for streams: as long as there is one, the fullest step becomes a part of the best one around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ..program import APPLICATION, Program
from .build import Built, build
from .least import least_bytes
from .rows import RowCall
from .usage import Usage

WORK = 50_000
"""Steps of streams that are tried, in all: the search counts its work, so the same model gives the same streams."""
LONGEST = 48
"""Calls of a stream at most."""

Range = tuple[int, int]
"""The first and the last call of a step: one call, or those of a stream."""


class Candidates:
    """Of calls that can be made row by row, `rows`, all streams, each built when it is asked for first.

    `inner` knows those that take no rows from the application and hand none to it, if `rows` has it.
    """

    def __init__(
        self, program: Program, usage: Usage, rows: Mapping[int, RowCall], inner: Candidates | None = None
    ) -> None:
        self.program, self.usage, self.rows, self.inner = program, usage, rows, inner
        self._built: dict[Range, tuple[Built, ...]] = {}
        self._least: dict[int, list[int]] = {}

    def built(self, calls: Range) -> tuple[Built, ...]:
        """As build()."""
        if self.inner and not self._has_ends(*calls):
            return self.inner.built(calls)
        if calls not in self._built:
            self._built[calls] = build(self.program, *calls, self.rows)
        return self._built[calls]

    def least(self, first: int) -> list[int]:
        """Bytes in use at least while calls `first` to each later one, LONGEST at most, run as a stream."""
        if self.inner and not self._has_ends(first, first + LONGEST - 1):
            return self.inner.least(first)
        if first not in self._least:
            self._least[first] = []
            within = 0
            for last, (bytes_, tensors) in enumerate(self._bounds(first), first):
                within += self.usage.of(tensors)
                self._least[first].append(self.usage.whole(first, last) - within + bytes_)
        return self._least[first]

    def _bounds(self, first: int) -> Iterator[tuple[int, Iterable[int]]]:
        return islice(least_bytes(self.program, first, self.rows), LONGEST)

    def _has_ends(self, first: int, last: int) -> bool:
        calls = len(self.program.calls)
        return (first == 0 and APPLICATION in self.rows) or (last >= calls - 1 and calls in self.rows)


@dataclass(frozen=True, slots=True)
class State:
    """Bytes in use at the fullest step of a program with streams."""

    bytes: int
    built: tuple[Built, ...]


@dataclass
class Search:
    """`ways`: what asks_makers of steps() may be."""

    candidates: Candidates
    ways: Sequence[bool]
    work: int = WORK
    _tried: set[Range] = field(default_factory=set)

    def run(self, fixed: Sequence[Built] = ()) -> list[State]:
        """Each smaller than the one before; they have the streams `fixed`, or some that take them in."""
        chosen = {each.stream.first: each for each in fixed}
        steps: list[Range] = []
        while (call := steps[-1][1] + 1 if steps else 0) < len(self.candidates.program.calls):
            steps.append((call, chosen[call].stream.last if call in chosen else call))
        alone = self.candidates.usage.alone
        cost = {step: self.cost(chosen[step[0]]) if step[0] in chosen else alone[step[0]] for step in steps}
        states: list[State] = []
        while True:
            fullest = max(steps, key=lambda step: cost[step], default=None)
            built = tuple(chosen[call] for call in sorted(chosen))
            states.append(State(cost[fullest] if fullest else 0, built))
            best = self._best(steps, steps.index(fullest), cost[fullest]) if fullest else None
            if best is None:
                return states
            first, last = step = best.stream.first, best.stream.last
            chosen = {call: each for call, each in chosen.items() if not first <= call <= last} | {first: best}
            steps = [s for s in steps if s[0] < first] + [step] + [s for s in steps if s[0] > last]
            cost[step] = self.cost(best)

    def stream(self, calls: Range) -> Built | None:
        """The one of the fewest bytes, whatever the search has cost before."""
        if calls not in self._tried:
            self._tried.add(calls)
            built = self.candidates.built(calls)
            stages = calls[1] - calls[0] + 1
            self.work -= len(built[0].stream.order) * stages // 8 + 50 if built else 10
        allowed = (each for each in self.candidates.built(calls) if each.asks_makers in self.ways)
        return min(allowed, key=lambda each: each.bytes, default=None)

    def cost(self, built: Built) -> int:
        """Bytes in use while it runs."""
        usage, stream = self.candidates.usage, built.stream
        return usage.beside(stream.first, stream.last, built.tensors) + built.bytes

    def _best(self, steps: Sequence[Range], at: int, below: int) -> Built | None:
        """Of the streams that take in step number `at` the one of the fewest bytes, of equal ones the shortest."""
        limit = below, 0
        best: Built | None = None
        for least, length, begin in sorted(self._promising(steps, at, below)):
            if (least, length) >= limit:
                break
            calls = steps[begin][0], steps[begin + length - 1][1]
            if self.work <= 0 and calls not in self._tried:
                continue
            built = self.stream(calls)
            if built and (bytes_ := self.cost(built), length) < limit:
                best, limit = built, (bytes_, length)
        return best

    def _promising(self, steps: Sequence[Range], at: int, below: int) -> Iterator[tuple[int, int, int]]:
        """(bytes in use at least, steps, number of the first) of the streams that take in step number `at`."""
        for begin in range(max(at - LONGEST + 1, 0), at + 1):
            first = steps[begin][0]
            least = self.candidates.least(first)
            for end in range(max(at, begin + 1), len(steps)):
                last = steps[end][1]
                if last - first >= len(least):
                    break
                if least[last - first] < below:
                    yield least[last - first], end - begin + 1, begin
