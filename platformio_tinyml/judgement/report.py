"""Report: everything that the formats show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations

from ..budgets import KINDS
from ..firmware.footprint import Footprint
from ..firmware.gaps import PADDING
from ..firmware.words import shortened
from ..manifest import Manifest
from ..measured.baseline import Baseline
from ..measured.fingerprint import Fingerprint
from ..measured.limits import Budgets, Sizes
from ..measured.profile import Profile, stacks_of
from ..measured.quantization import Quantization
from ..measured.verification import Verification, verification_notes
from .calibration import calibrated_notes
from .check import Check
from .constants import copied_weights
from .device import OnDevice
from .figures import Figures
from .owners import brings_arena, is_used
from .stack import stack_note


@dataclass(frozen=True, slots=True)
class Report:
    """One run of the gate. `stage` is what was judged: preflight (models alone), link (a failed link's map), firmware.

    `platformio` is PlatformIO's own count of the same ELF; `remarks` are notes of who made the report.
    """

    stage: str
    environment: str | None
    board: str | None
    manifests: tuple[Manifest, ...]
    footprint: Footprint
    limits: Sizes
    budgets: Budgets
    checks: tuple[Check, ...]
    platformio: Sizes
    baseline: Baseline | None = None
    remarks: tuple[str, ...] = ()
    quantizations: tuple[Quantization, ...] = ()
    verifications: tuple[Verification, ...] = ()
    profiles: tuple[Profile, ...] = ()
    not_verified: tuple[tuple[str, str], ...] = ()
    """Name of a model that the firmware holds, and why nobody knows whether its outputs are right."""
    fingerprints: tuple[Fingerprint, ...] = ()
    devices: tuple[OnDevice, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every check is."""
        return all(check.ok for check in self.checks)

    def notes(self) -> Iterator[str]:
        """Remarks that fail nothing: unused models, other memories, what could not be told, PlatformIO's count."""
        for memory, source in (("flash", self.limits.flash_source), ("ram", self.limits.ram_source)):
            if source:
                yield f"limit of {memory}: {getattr(self.limits, memory):,} bytes, {source}"
        yield from self.footprint.notes
        if self.stage == "preflight":
            yield from self._static_plans()
        if self.stage != "firmware":
            return
        for check in self.checks:
            limit, _, memory = check.name.partition(":")
            if memory and check.ok and limit in _BESIDE:
                yield f"{memory}: {check.actual:,} of {check.limit:,} bytes, {_BESIDE[limit]}"
        yield from copied_weights(self.footprint, self.manifests)
        if self.baseline is not None:
            yield f"since the baseline: {', '.join(self._changes(self.baseline))}"
        yield from (each.words() for each in self.devices)
        yield from calibrated_notes(self.profiles, self.devices)
        yield from (each.note() for each in self.quantizations)
        yield from verification_notes(self.verifications)
        yield from (f"{name}: not verified: {reason}" for name, reason in self.not_verified)
        yield from stack_note(stacks_of(self.profiles), self.footprint)
        yield from self.remarks
        if unused := self.unused():
            more = f" and {len(unused) - _NAMES} more" if len(unused) > _NAMES else ""
            yield f"not used by this firmware: {', '.join(unused[:_NAMES])}{more}"
        for manifest in self.manifests:
            if is_used(self.footprint, manifest) and brings_arena(self.footprint, manifest):
                yield f"{manifest.name}: its arena is the application's own; arena:{manifest.name} is not linked"
        tried = {check.name for check in self.checks}
        for manifest in self.manifests:
            measured = manifest.arena.method == "emulated" and f"init:{manifest.name}" not in tried
            if measured and is_used(self.footprint, manifest):
                yield f"{manifest.name}: its init is not linked, so the arena was not tried in this firmware"
        yield from (f"{each.name}: {note}" for each in self.profiles for note in each.notes)
        notes = ((each.name, each.simplification.note()) for each in self.manifests if each.simplification)
        yield from (f"{name}: {note}" for name, note in notes if note)
        for kind in ("flash", "ram"):
            yield from self._platformio_differs(kind)
        yield from self._static_plans()

    def unused(self) -> list[str]:
        """Models that the linked firmware does not call, by name."""
        if self.stage != "firmware":
            return []
        return [manifest.name for manifest in self.manifests if is_used(self.footprint, manifest) is False]

    def _static_plans(self) -> Iterator[str]:
        for manifest in self.manifests:
            size, static = manifest.arena.size, manifest.arena.static
            if static is None or manifest.arena.method == static.method:
                continue
            than = f", {static.size - size:+,} to the arena" if manifest.arena.method else ""
            yield f"{manifest.name}: static plan {static.size:,} bytes ({static.method}){than}"

    def _changes(self, baseline: Baseline) -> Iterator[str]:
        """Of flash and RAM; of other kinds if there are any, and both figures are known."""
        figures = Figures(self.footprint, self.manifests, self.profiles, devices=self.devices)
        for kind in KINDS:
            now, before = figures.of(kind).value, baseline.figure(kind)
            if now is not None and before is not None and (now != before or not kind.model_meaning):
                yield f"{kind.words} {'+' if now >= before else ''}{kind.unit.shown(now - before)}"

    def _platformio_differs(self, kind: str) -> Iterator[str]:
        theirs, ours = getattr(self.platformio, kind), getattr(self.footprint, kind)
        if theirs is None or theirs == ours:
            return
        # PlatformIO adds up sections by name; where some that it need not know make the difference, name them.
        known = _FLASH_NAMES if kind == "flash" else _RAM_NAMES
        others = {s.name: getattr(s, kind) for s in self.footprint.sections if getattr(s, kind) and s.name not in known}
        left_out = _only_subset(others, ours - theirs)
        named = shortened(["padding" if name == PADDING else name for name in left_out])
        why = f"without {named}" if left_out else "it goes by the names of sections"
        than = "less" if theirs < ours else "more"
        yield f"PlatformIO counts {theirs:,} of {kind}, {abs(theirs - ours):,} {than}: {why}"


_MANY = 10
"""Sections of which all subsets are tried."""


def _only_subset(sizes: dict[str, int], total: int) -> tuple[str, ...]:
    """The names whose sizes sum to `total`; () unless there is one way alone."""
    if len(sizes) > _MANY:
        return tuple(sizes) if sum(sizes.values()) == total else ()
    subsets = chain.from_iterable(combinations(sizes, count) for count in range(1, len(sizes) + 1))
    found = [names for names in subsets if sum(sizes[name] for name in names) == total]
    return found[0] if len(found) == 1 else ()


_NAMES = 3
"""Of models in one note."""
_BESIDE = {
    "flash_limit": "beside the board's flash",
    "ram_limit": "beside the board's RAM",
    "other_limit": "neither flash nor RAM",
}
_FLASH_NAMES = (".text", ".data", ".rodata", ".text.align", ".ARM.exidx", ".bootloader")
_RAM_NAMES = (".data", ".bss", ".noinit")
"""Sections in the size expressions of the platforms ststm32, nordicnrf52, raspberrypi and atmelavr."""
