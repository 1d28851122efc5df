"""Program -> Scheduled: of what schedules() finds, and of what it is compared with, that of the smallest arena."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..arena import plan_arena, plan_firmware
from ..program import APPLICATION, ArenaPlan, Program
from ..streams import Streams
from .build import Built
from .choose import schedules, with_streams
from .price import work_of
from .row_calls import handed_rows, row_calls, taken_rows
from .usage import Usage

WORTH = 192
"""Bytes that streams have to save: their steps take some 70 bytes of stack and 1 to 1.5 KB of flash, and boards have
ten times as much flash as RAM."""
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

    `keep_input` as of plan_firmware. `by_rows`: the application hands in the input's rows, `rows_out`: it takes the
    output's; no input is kept. Where streams that do so take more bytes than to hold the tensor whole, it is, and rows
    are copied. ModelError where it cannot come, or go, by rows.
    """
    plain = plan_firmware(program, keep_input=keep_input)
    if by_rows or rows_out:
        ways = _with_rows(program, plain.size, streams, by_rows=by_rows, rows_out=rows_out)
        return min(ways, key=lambda way: way.plan.size)
    found = [(Scheduled(program, plain, plain.size), True)]
    for built, is_affordable in schedules(program) if streams is not Streams.OFF else ():
        each = _pruned(program, built, plain.size, lambda each: plan_firmware(each, keep_input=keep_input))
        found.append((each, is_affordable and each.plan.size <= plain.size - WORTH))
    least = min((each for each, _ in found if each.plan.size < plain.size - STACK), key=_size, default=found[0][0])
    if streams is Streams.LEAST:
        return least
    best = min((each for each, is_worth_it in found if is_worth_it), key=_size)
    return replace(best, least=least if least.plan.size < best.plan.size else None)


def _size(scheduled: Scheduled) -> tuple[int, float]:
    return scheduled.plan.size, scheduled.price


def _with_rows(program: Program, whole: int, streams: Streams, *, by_rows: bool, rows_out: bool) -> Iterator[Scheduled]:
    """In streams both ways, then one way only, the input's first, so that there is work while rows come; then in none.

    What is in none is held whole, and copied.
    """
    calls = row_calls(program)
    rows_in = handed_rows(program, calls).height if by_rows else 0
    rows_taken = taken_rows(program, calls).height if rows_out else 0
    for built, _ in schedules(program, by_rows=by_rows, rows_out=rows_out):
        yield _pruned(program, built, whole, plan_arena)
    if rows_taken:
        found = schedule_arena(program, streams=streams, by_rows=by_rows)
        yield replace(found, program=replace(found.program, copied_out=rows_taken), least=None)
    if rows_in:
        found = schedule_arena(program, streams=streams, rows_out=rows_out)
        yield replace(found, program=replace(found.program, copied_in=rows_in), least=None)


def _pruned(program: Program, built: Sequence[Built], whole: int, plan: Callable[[Program], ArenaPlan]) -> Scheduled:
    """Without the streams that the arena does not need to be as small, but with those of the application.

    As they are where that is of no use: they take more than `whole`.
    """

    def scheduled(kept: Sequence[Built]) -> Scheduled:
        found = with_streams(program, tuple(kept))
        price = 100 * sum(each.price for each in kept) / max(work, 1)
        return Scheduled(found, plan(found), whole, price)

    def may_go(each: Built) -> bool:
        stream = each.stream
        is_handed = APPLICATION in (stream.stages[0].call, stream.stages[-1].call)
        return not is_handed and max(alone[stream.first : stream.last + 1]) <= best.plan.size

    work, alone = work_of(program), Usage(program).alone
    best = scheduled(built)
    doubtful = [each for each in built if may_go(each)] if best.plan.size <= whole else []
    for gone in (doubtful, *([each] for each in doubtful)):
        fewer = [each for each in built if not any(each is other for other in gone)]
        if len(fewer) < len(built):
            found = scheduled(fewer)
            if found.plan.size <= best.plan.size:
                built, best = fewer, found
    return best
