"""Program -> Scheduled: of what schedules() finds, and of what it is compared with, that of the smallest arena."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..arena import plan_arena, plan_firmware
from ..program import APPLICATION, ArenaPlan, Program
from .build import Built
from .choose import schedules, with_streams
from .row_calls import handed_rows, row_calls, taken_rows

LEAST = 192
"""Bytes that streams have to save: their steps take some 70 bytes of stack and 1 to 1.5 KB of flash, and boards have
ten times as much flash as RAM."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A program and its arena. `whole` are the bytes that the arena would take if all tensors were held whole."""

    program: Program
    plan: ArenaPlan
    whole: int


def schedule_arena(
    program: Program,
    *,
    keep_input: bool = False,
    streams: bool = True,
    by_rows: bool = False,
    rows_out: bool = False,
) -> Scheduled:
    """The program with the streams, if any, that give it an arena smaller by at least LEAST, and that arena.

    `keep_input` as of plan_firmware; without `streams` the program stays as it is. `by_rows`: the application hands in
    the input's rows, `rows_out`: it takes the output's; no input is kept. Where streams that do so take more bytes than
    to hold the tensor whole, it is, and rows are copied. ModelError where it cannot come, or go, by rows.
    """
    plain = plan_firmware(program, keep_input=keep_input)
    if by_rows or rows_out:
        ways = _with_rows(program, plain.size, by_rows=by_rows, rows_out=rows_out)
        return min(ways, key=lambda each: each.plan.size)
    found = [Scheduled(program, plain, plain.size)]
    if streams:
        found += _with_streams(program, plain.size, lambda each: plan_firmware(each, keep_input=keep_input))
    return min(found, key=lambda each: each.plan.size)


def _with_streams(program: Program, whole: int, plan: Callable[[Program], ArenaPlan]) -> Iterator[Scheduled]:
    for built in schedules(program):
        found = _pruned(program, built, whole, plan)
        if found.plan.size <= whole - LEAST:
            yield found


def _with_rows(program: Program, whole: int, *, by_rows: bool, rows_out: bool) -> Iterator[Scheduled]:
    """In streams both ways, then one way only, the input's first, so that there is work while rows come; then in none.

    What is in none is held whole, and copied.
    """
    calls = row_calls(program)
    rows_in = handed_rows(program, calls).height if by_rows else 0
    rows_taken = taken_rows(program, calls).height if rows_out else 0
    for built in schedules(program, by_rows=by_rows, rows_out=rows_out):
        yield _pruned(program, built, whole, plan_arena)
    if rows_taken:
        found = schedule_arena(program, by_rows=by_rows)
        yield replace(found, program=replace(found.program, copied_out=rows_taken))
    if rows_in:
        found = schedule_arena(program, rows_out=rows_out)
        yield replace(found, program=replace(found.program, copied_in=rows_in))


def _pruned(program: Program, built: Sequence[Built], whole: int, plan: Callable[[Program], ArenaPlan]) -> Scheduled:
    """Without the streams that the arena does not need to be as small, but with those of the application."""

    def scheduled(kept: Sequence[Built]) -> Scheduled:
        found = with_streams(program, tuple(kept))
        return Scheduled(found, plan(found), whole)

    best = scheduled(built)
    for each in built:
        fewer = [other for other in built if other is not each]
        if APPLICATION in (each.stream.stages[0].call, each.stream.stages[-1].call):
            continue
        found = scheduled(fewer)
        if found.plan.size <= best.plan.size:
            built, best = fewer, found
    return best
