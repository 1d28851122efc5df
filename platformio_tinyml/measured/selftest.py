"""What a self test found of one model on a device, as `selftest --json` prints it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from .stack import Stack
from .verification import Compared, counted_inputs

SCHEMA = "tinyml-selftest/1"
CYCLES, MICROSECONDS = "cycles", "us"


@dataclass(frozen=True, slots=True)
class OperatorTime:
    """What a call of the manifest's took on the device, in the clock's unit, the highest of all invokes."""

    operator: int
    opcode: str
    ticks: int


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The model `name` on the device: `inputs` of `of` from `source` against `oracles`.

    `problem` is None if all outputs are right, else what is wrong, and `tensor` the first tensor inside the model that
    is, in words, where that is known. `ticks` are the lowest and the highest of an invoke by the counter `clock`, in
    its `unit` (cycles, us, ticks), `stack` None where the device could not tell; `arena` in bytes, of which
    `persistent` lie beside the others, None where it is not split.
    """

    name: str
    problem: str | None
    tensor: str | None
    inputs: int
    of: int
    source: str
    oracles: tuple[Compared, ...]
    missing: tuple[str, ...]
    clock: str
    unit: str
    init_ticks: int | None
    ticks: tuple[int, int] | None
    stack: Stack | None
    arena: int
    operators: tuple[OperatorTime, ...] = ()
    shipped: tuple[int, str] | None = None
    """The arena of the build in bytes, and how that is known, where `arena` is the smallest that the device takes."""
    persistent: int | None = None

    def against(self) -> str:
        """The oracles, and on what."""
        names = " and ".join(each.name for each in self.oracles)
        alone = "" if any(each.independent is not False for each in self.oracles) else ", which is not independent"
        some = "" if self.inputs == self.of else f" of {self.of:,}: flash is short"
        return f"{names}{alone} ({counted_inputs(self.inputs)}{some}, {self.source})"

    def microseconds(self, clock_hz: int | None) -> tuple[float, float] | None:
        """The time of an invoke, at the core's clock; None where the unit does not tell."""
        scale = {CYCLES: 1e6 / clock_hz if clock_hz else None, MICROSECONDS: 1.0}.get(self.unit)
        return (self.ticks[0] * scale, self.ticks[1] * scale) if self.ticks and scale else None


def as_json(found: Iterable[SelfTest]) -> str:
    """JSON text ending in a newline."""
    models = [asdict(each) for each in found]
    ok = all(each["problem"] is None for each in models)
    return json.dumps({"schema": SCHEMA, "ok": ok, "models": models}, indent=1) + "\n"
