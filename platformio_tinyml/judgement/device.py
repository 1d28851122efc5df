"""What a device measured, as far as it is of the code that is judged -> Checks, and what reports show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..firmware.footprint import Footprint
from ..manifest import Manifest
from ..measured.device import Device, DeviceModel
from ..measured.fingerprint import Fingerprint
from ..sizes import shown_time
from .check import Check
from .owners import is_used

_ADVICE = (
    "connect the board and run `pio run -t tinyml_selftest`, then commit tinyml-device.json",
    "or write custom_tinyml_require = emulated, or bound",
)


@dataclass(frozen=True, slots=True)
class OnDevice:
    """A model's measurement; `stale` says what has changed since, "" if it is of this code."""

    measured: DeviceModel
    stale: str

    def words(self) -> str:
        """One line for notes."""
        low, high = self.measured.ticks
        name, unit = self.measured.name, f"{self.measured.unit} ({self.measured.clock})"
        if self.stale:
            return f"{name}: the device's figures are stale: {self.stale}; run `pio run -t tinyml_selftest` again"
        ticks = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        time = f", {shown_time(round(self.measured.latency_us[1]))}" if self.measured.latency_us else ""
        stack = f", stack {self.measured.stack.deepest():,}" if self.measured.stack else ""
        return f"{name}: device: {ticks} {unit}{time}{stack}"


def on_device(
    manifests: Sequence[Manifest], fingerprints: Sequence[Fingerprint], device: Device | None
) -> tuple[OnDevice, ...]:
    """Of those models that were measured."""
    now = {each.name: each.parts for each in fingerprints}
    measured = {each.name: each for each in device.models} if device else {}
    rows = []
    for manifest in manifests:
        if found := measured.get(manifest.name):
            stale = found.stale(now[manifest.name]) if manifest.name in now else "the code is not known"
            rows.append(OnDevice(found, stale or _other_arena(found, manifest)))
    return tuple(rows)


def _other_arena(found: DeviceModel, manifest: Manifest) -> str:
    """In words; "" where it is what the device had, or holds what was the smallest there: a build adds its margin."""
    parts = (
        ("arena", found.arena, manifest.arena.size),
        ("persistent arena", found.persistent or 0, manifest.arena.persistent or 0),
    )
    for what, then, now in parts:
        if then != now and not (found.smallest and 0 < then < now):
            return f"{what} {then:,} -> {now:,}"
    return ""


def judge_devices(rows: Sequence[OnDevice], manifests: Sequence[Manifest], footprint: Footprint) -> Iterator[Check]:
    """`device:<model>` for each model that the firmware holds: what it measured is of this code."""
    found = {row.measured.name: row for row in rows}
    for manifest in manifests:
        if is_used(footprint, manifest) is False:
            continue
        row = found.get(manifest.name)
        problem = row.stale if row else "no device has measured it"
        message = f"{manifest.name}: custom_tinyml_require = device, and {problem}" if problem else ""
        yield Check(f"device:{manifest.name}", not problem, None, None, message, _ADVICE if problem else ())
