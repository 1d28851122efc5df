"""Program -> Scheduled: of what Schedules finds, and of what it is compared with, that of the smallest arena."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..arena import place_arena, place_firmware, verify
from ..program import APPLICATION, ArenaPlan, Program
from ..streams import Streams
from .build import Built
from .choose import Schedules, with_streams
from .price import work_of
from .row_calls import handed_rows, taken_rows

WORTH, FURTHER = 192, 16
"""Bytes that a stream has to save, and each further one: their steps take some 70 bytes of stack and 1 to 1.5 KB of
flash, and each stream 150 bytes of flash, and boards have ten times as much flash as RAM."""
STACK = 80
"""Of their steps, in bytes: more than that they have to save where nothing but RAM counts."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A program and its arena. `whole` are the bytes that the arena would take if all tensors were held whole.

    `price` is what its streams cost, in percent of the instructions, by estimate. `least` is the one of Streams.LEAST
    where that is smaller.
    """

    program: Program
    plan: ArenaPlan
    whole: int
    price: float = 0
    least: Scheduled | None = None


def schedule_arena(
    program: Program,
    *,
    keep_input: bool = False,
    streams: Streams = Streams.ON,
    by_rows: bool = False,
    rows_out: bool = False,
) -> Scheduled:
    """The program with the streams, if any, that give it an arena smaller by what these are worth, and that arena.

    `keep_input` as of place_firmware. `by_rows`: the application hands in the input's rows, `rows_out`: it takes the
    output's; no input is kept. Where streams that do so take more bytes than to hold the tensor whole, it is, and rows
    are copied. ModelError where it cannot come, or go, by rows. The plans are verified as of plan_arena.
    """
    plans = _Plans(program, streams, keep_input=keep_input and not (by_rows or rows_out))
    best = plans.best(by_rows, rows_out)
    for each in (best, best.least):
        if each:
            verify(each.program, each.plan)
    return best


class _Plans:
    def __init__(self, program: Program, streams: Streams, *, keep_input: bool) -> None:
        self.program, self.streams, self.keep_input = program, streams, keep_input
        self.schedules, self.work = Schedules(program), work_of(program)
        self.plain = place_firmware(program, keep_input=keep_input)
        self._known: dict[tuple[bool, bool], Scheduled] = {}

    def best(self, by_rows: bool, rows_out: bool) -> Scheduled:
        """As of schedule_arena, not verified."""
        ends = by_rows, rows_out
        if ends not in self._known:
            self._known[ends] = min(self._with_rows(*ends), key=_bytes) if any(ends) else self._whole()
        return self._known[ends]

    def _whole(self) -> Scheduled:
        found = [(Scheduled(self.program, self.plain, self.plain.size), True)]
        for built, is_affordable in self.schedules.whole() if self.streams is not Streams.OFF else ():
            each = self._pruned(built, lambda each: place_firmware(each, keep_input=self.keep_input))
            worth = WORTH + FURTHER * (len(each.program.streams) - 1)
            found.append((each, is_affordable and each.plan.size <= self.plain.size - worth))
        smaller = (each for each, _ in found if each.plan.size < self.plain.size - STACK)
        least = min(smaller, key=_size, default=found[0][0])
        if self.streams is Streams.LEAST:
            return least
        best = min((each for each, is_worth_it in found if is_worth_it), key=_size)
        return replace(best, least=least if least.plan.size < best.plan.size else None)

    def _with_rows(self, by_rows: bool, rows_out: bool) -> Iterator[Scheduled]:
        """In streams both ways, then one way only, the input's first, so that there is work while rows come; then in
        none.

        What is in none is held whole, and copied.
        """
        calls = self.schedules.calls
        rows_in = handed_rows(self.program, calls).height if by_rows else 0
        rows_taken = taken_rows(self.program, calls).height if rows_out else 0
        for built in self.schedules.with_rows(by_rows=by_rows, rows_out=rows_out):
            yield self._pruned(built, place_arena)
        if rows_taken:
            found = self.best(by_rows, False)
            yield replace(found, program=replace(found.program, copied_out=rows_taken), least=None)
        if rows_in:
            found = self.best(False, rows_out)
            yield replace(found, program=replace(found.program, copied_in=rows_in), least=None)

    def _pruned(self, built: Sequence[Built], place: Callable[[Program], ArenaPlan]) -> Scheduled:
        """Without the streams that the arena does not need to be as small, but with those of the application.

        All of them where the arena is larger than without any: they are of no use.
        """

        def scheduled(kept: Sequence[Built]) -> Scheduled:
            found = with_streams(self.program, tuple(kept))
            price = 100 * sum(each.price for each in kept) / max(self.work, 1)
            return Scheduled(found, place(found), self.plain.size, price)

        def may_go(each: Built) -> bool:
            stream = each.stream
            is_handed = APPLICATION in (stream.stages[0].call, stream.stages[-1].call)
            return not is_handed and max(alone[stream.first : stream.last + 1]) <= best.plan.size

        alone = self.schedules.usage.alone
        best = scheduled(built)
        doubtful = [each for each in built if may_go(each)] if best.plan.size <= self.plain.size else []
        for gone in (doubtful, *([each] for each in doubtful)):
            fewer = [each for each in built if not any(each is other for other in gone)]
            if len(fewer) < len(built):
                found = scheduled(fewer)
                if found.plan.size <= best.plan.size:
                    built, best = fewer, found
        return best


def _bytes(scheduled: Scheduled) -> int:
    return scheduled.plan.size


def _size(scheduled: Scheduled) -> tuple[int, float]:
    return scheduled.plan.size, scheduled.price
