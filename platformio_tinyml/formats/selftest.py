"""What a self test found, for a terminal: PASS or FAIL, and what it took beside what the emulator counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..measured.profile import EMULATED, Profile
from ..measured.selftest import CYCLES, SelfTest
from ..model.naming import printable


def as_text(found: SelfTest, profile: Profile | None, clock_hz: int | None, *, real: bool) -> Iterator[str]:
    """Lines. `real`: a device's; an emulator's counters say nothing of time."""
    yield f"{'FAIL' if found.problem else 'PASS'}  {found.name}  {_verdict(found)}"
    if found.tensor:
        yield f"      {found.tensor}"
    for reason in found.missing:
        yield f"      not compared: {printable(reason, 200)}"
    if found.ticks and not found.operators:  # what looks into a model takes time itself
        yield f"      invoke {_ticks(found)}{_time(found, clock_hz) if real else ', of no device: no time'}"
    if found.shipped:
        size, method = found.shipped
        yield f"      arena {found.arena:,} bytes, the smallest that init takes; the build's has {size:,} ({method})"
        if found.persistent is not None:
            yield f"      {found.persistent:,} of them are persistent"
    counted = profile if profile and profile.method == EMULATED else None
    if counted and counted.instructions is not None:
        yield f"      the build's emulator counts {counted.instructions:,} instructions{_ratio(found, counted, real)}"
        if counted.cycles is not None:
            yield f"      the build's timings make that {counted.cycles:,} cycles"
    if found.stack:
        theirs = (
            f" (the build's emulator: {counted.stack.init:,} and {counted.stack.invoke:,})"
            if (counted and counted.stack)
            else ""
        )
        yield f"      stack {found.stack.init:,} bytes in init, {found.stack.invoke:,} in invoke{theirs}"
    else:
        yield "      stack not known: the end of the stack is not, or it is deeper than was painted"
    yield from _operators(found, counted)


def _operators(found: SelfTest, counted: Profile | None) -> Iterator[str]:
    counts = {call.operator: call.instructions for call in counted.calls} if counted else {}
    for each in found.operators:
        count = counts.get(each.operator)
        beside = f"  {count:,} instructions" if count is not None else ""
        yield f"      {f'{each.operator} {each.opcode}':<24} {each.ticks:>12,} {found.unit}{beside}"


def as_texts(found: Mapping[SelfTest, Profile | None], clock_hz: int | None, *, real: bool) -> str:
    """Of all models, ending in a newline."""
    return "".join(
        f"{line}\n" for each, profile in found.items() for line in as_text(each, profile, clock_hz, real=real)
    )


def _verdict(found: SelfTest) -> str:
    return found.problem if found.problem else f"equals {found.against()}"


def _ticks(found: SelfTest) -> str:
    low, high = found.ticks or (0, 0)
    amount = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{amount} {found.unit} ({found.clock})"


def _time(found: SelfTest, clock_hz: int | None) -> str:
    time = found.microseconds(clock_hz)
    if time is None or found.unit != CYCLES or not clock_hz:
        return ""
    return f", {time[1] / 1000:,.3f} ms at {clock_hz / 1e6:g} MHz"


def _ratio(found: SelfTest, profile: Profile, real: bool) -> str:
    """Cycles for each instruction, of the first sample, which both have."""
    if not real or found.unit != CYCLES or not found.ticks or not profile.instructions:
        return ""
    low, high = (ticks / profile.instructions for ticks in found.ticks)
    return f": {low:.2f} to {high:.2f} cycles each" if f"{low:.2f}" != f"{high:.2f}" else f": {low:.2f} cycles each"
