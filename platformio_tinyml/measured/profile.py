"""Profile: instructions, stack, time and energy of one model, as `profile --json` prints them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .printed import read_printed
from .stack import Stack

SCHEMA = "tinyml-profile/1"
EMULATED, ESTIMATED = "emulated", "estimated"
_MOST = 1e15


@dataclass(frozen=True, slots=True)
class CallProfile:
    """Instructions and cycles of one kernel call, as Profile has them; all None where they cannot be told apart."""

    operator: int
    opcode: str
    instructions: int | None
    instructions_bound: tuple[int, int] | None
    cycles: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The model `name` on a core. Each pair is (lowest, highest).

    `method` is EMULATED: `instructions` of one invoke were counted, exactly, and both ends of `instructions_bound`
    equal them; or ESTIMATED: `instructions` is None, and `instructions_bound` None too where nothing is known. `cycles`
    are what the core's timings give for what was counted (docs/latency.md), None without. `stack` is measured, in bytes
    without the caller's; None where nothing ran. `calls` are Manifest.calls in their order, each once. `cpi`, cycles
    per instruction, is `cycles` with the error of the timings, or assumed where there are none, so `latency_us`
    (microseconds at `clock_hz`) and `energy_uj` (microjoules, of `ma_per_mhz` at `voltage`) are never exact. `notes`
    say why it is no better, `failure` how invoke failed, where the model's code is what failed.
    """

    name: str
    method: str
    core: str
    instructions: int | None
    instructions_bound: tuple[int, int] | None
    stack: Stack | None
    calls: tuple[CallProfile, ...]
    cpi: tuple[float, float] | None
    cycles: int | None = None
    clock_hz: int | None = None
    latency_us: tuple[float, float] | None = None
    ma_per_mhz: float | None = None
    voltage: float | None = None
    energy_uj: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    failure: str | None = None
    outputs: str | None = None
    """CRC-32 of all outputs of that invoke, in hexadecimal; None where nothing ran."""

    def to_json(self) -> str:
        """JSON text ending in a newline."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1) + "\n"

    def as_row(self) -> dict[str, object]:
        """For report.json."""
        return {key: value for key, value in asdict(self).items() if key != "name"}


def read_profile(path: Path) -> Profile:
    """Raises UsageError for anything but what `profile --json` prints."""
    return read_printed(Profile, path, SCHEMA, "profile", _problems)


def stacks_of(profiles: Sequence[Profile]) -> tuple[tuple[str, Stack], ...]:
    """The name and the stack of those that ran."""
    return tuple((profile.name, profile.stack) for profile in profiles if profile.stack)


def _problems(profile: Profile) -> Iterator[str]:
    if profile.method not in (EMULATED, ESTIMATED):
        yield ".method is neither emulated nor estimated"
    if (profile.method == EMULATED) != (profile.instructions is not None):
        yield ".instructions are there if and only if .method is emulated"
    if profile.failure is not None and (profile.method == EMULATED or not profile.failure):
        yield ".failure is there though it was counted, or has no words"
    if profile.instructions is not None and profile.instructions_bound != (profile.instructions,) * 2:
        yield ".instructions_bound is not that of .instructions"
    pairs = (profile.instructions_bound, profile.cpi, profile.latency_us, profile.energy_uj)
    for pair in (*pairs, *(call.instructions_bound for call in profile.calls)):
        if pair and not 0 <= pair[0] <= pair[1] <= _MOST:
            yield "a range does not go from low to high, or is beyond all use"
    if profile.stack and not 0 <= min(profile.stack.init, profile.stack.invoke) <= profile.stack.deepest() <= _MOST:
        yield ".stack is below zero, or beyond all use"
    for count in (profile.cycles, *(call.cycles for call in profile.calls)):
        if count is not None and not (profile.method == EMULATED and 0 <= count <= _MOST):
            yield ".cycles are there though nothing ran, or are below zero, or beyond all use"
    if profile.clock_hz is not None and not 0 < profile.clock_hz <= _MOST:
        yield ".clock_hz is no frequency"
