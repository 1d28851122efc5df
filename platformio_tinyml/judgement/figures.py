"""What the firmware takes of each kind that there are budgets for, and what that is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..budgets import BudgetKind
from ..firmware.footprint import Footprint
from ..manifest import Manifest
from ..measured.device import DeviceModel
from ..measured.profile import Profile
from ..sizes import shown_time
from .calibration import calibration
from .device import OnDevice
from .owners import is_used, weights_owner

_PARTS = 3
LEAST_MARGIN = 256
"""Bytes of a task's stack, a quarter of the models' where that is more: registers that are saved, the task's own
frames, interrupts that run on it."""
_NOT_HERE = (
    "it is known where the emulator, unicorn, is installed and runs the core (Cortex-M, RV32): "
    "leave the budget out of other environments"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """Of a kind, in its unit. Where `value` is None, `problem` says why, and `next_step` what to do about that.

    `parts` say what it is made of or how it is known, most telling first.
    """

    value: int | None
    problem: str = ""
    next_step: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What is judged: a footprint, the models it was made with, profiles of the linked ones.

    `early` if the footprint is not of a link, but expected. `devices`: what devices measured.
    """

    footprint: Footprint
    manifests: Sequence[Manifest]
    profiles: Sequence[Profile] = ()
    early: bool = False
    devices: Sequence[OnDevice] = ()

    def of(self, kind: BudgetKind, model: str = "") -> Figure:
        """Of the model, or of the whole firmware."""
        if not kind.model_meaning:
            return Figure(getattr(self.footprint, kind.name))
        if not self.footprint.has_symbols and not self.early:
            return Figure(None, "the ELF has no symbols", "link without -s")
        counted = [manifest for manifest in self.manifests if model in ("", manifest.name)]
        if kind.name == "arena":  # one that models share is one
            owners = {owner for manifest in counted for owner in manifest.arena_arrays()}
            return Figure(sum(entry.ram for entry in self.footprint.entries if entry.owner in owners))
        measure = _MEASURES[kind.name]
        figures = [measure(self, manifest) for manifest in counted]
        known = [(figure.value, figure.parts) for figure in figures if figure.value is not None]
        if len(known) < len(figures):
            return next(figure for figure in figures if figure.value is None)
        parts = [part for _, parts in sorted(known, key=lambda row: -row[0]) for part in parts]
        more = (f"and {len(parts) - _PARTS} more",) if len(parts) > _PARTS else ()
        return Figure(kind.together(value for value, _ in known), parts=(*parts[:_PARTS], *more))

    def profile(self, model: str) -> Profile | None:
        """That of the model `model`."""
        return next((profile for profile in self.profiles if profile.name == model), None)

    def device(self, model: str) -> DeviceModel | None:
        """What a device measured of this code of the model `model`."""
        return next((row.measured for row in self.devices if row.measured.name == model and not row.stale), None)


def _model_size(of: Figures, manifest: Manifest) -> Figure:
    owner = weights_owner(manifest.name)
    return Figure(sum(entry.flash for entry in of.footprint.entries if entry.owner == owner))


def _stack(of: Figures, manifest: Manifest) -> Figure:
    if not is_used(of.footprint, manifest):
        return Figure(0)
    profile, device = of.profile(manifest.name), of.device(manifest.name)
    if device and device.stack and (profile is None or profile.stack is None):
        return Figure(device.stack.deepest(), parts=(f"{manifest.name}: measured on the device",))
    if profile is None:
        return _no_profile(manifest)
    if profile.stack is None:
        return Figure(None, _why(profile, "stack was not measured"), _NOT_HERE)
    init, invoke = profile.stack.init, profile.stack.invoke
    return Figure(max(init, invoke), parts=(f"{manifest.name}: {init:,} in init, {invoke:,} in invoke",))


def _task_stack(of: Figures, manifest: Manifest) -> Figure:
    """What a task that calls the model needs: its deepest call, and what nobody counts."""
    found = _stack(of, manifest)
    if not found.value:
        return found
    margin = max(LEAST_MARGIN, found.value // 4)
    return replace(found, value=found.value + margin, parts=(*found.parts, f"and a margin of {margin:,}"))


def _latency(of: Figures, manifest: Manifest) -> Figure:
    if not is_used(of.footprint, manifest):
        return Figure(0)
    profile, device = of.profile(manifest.name), of.device(manifest.name)
    if device and device.latency_us:
        known = f"measured on the device, {device.inputs} inputs, by {device.clock}"
        return Figure(upper_end(device.latency_us), parts=(f"{manifest.name}: {known}",))
    if profile is None:
        return _no_profile(manifest)
    if profile.latency_us is None or profile.cpi is None or profile.clock_hz is None:
        lacks = "time is not known, for the board has no clock" if profile.clock_hz is None else "time is not known"
        step = _NOT_HERE if profile.clock_hz else "give the clock: board_build.f_cpu, or --clock of the gate"
        return Figure(None, _why(profile, lacks), step)
    low, high = (shown_time(end) for end in (math.floor(profile.latency_us[0]), upper_end(profile.latency_us)))
    known = f"estimated {low} to {high} at {profile.clock_hz / 1e6:g} MHz"
    assumed = f"if an instruction takes {profile.cpi[0]:g} to {profile.cpi[1]:g} cycles"
    # Never less than the estimate: one model says too little of another to allow more for it.
    board = calibration(of.profiles, of.devices)
    factor = max(1.0, board.factor) if board else 1.0
    if board and factor > 1:
        assumed += f"; {board.model} took {factor:.2f} times its estimate on this board, and so may this"
    latency = profile.latency_us[0], profile.latency_us[1] * factor
    return Figure(upper_end(latency), parts=(f"{manifest.name}: {known}, {assumed}",))


def upper_end(microseconds: tuple[float, float]) -> int:
    """What a latency is judged by: no pass is wrong that the range is right of."""
    return math.ceil(microseconds[1])


_MEASURES: dict[str, Callable[[Figures, Manifest], Figure]] = {
    "model_size": _model_size,
    "stack": _stack,
    "task_stack": _task_stack,
    "latency": _latency,
}


def _no_profile(manifest: Manifest) -> Figure:
    return Figure(
        None,
        f"there is no profile of {manifest.name}",
        "in a build custom_tinyml_profile = on; else give with --profile what `pio-tinyml profile --json` prints",
    )


def _why(profile: Profile, problem: str) -> str:
    reasons = [note.removeprefix("an estimate: ") for note in profile.notes[:1]]
    return ": ".join([f"{profile.name}'s {problem}", *reasons])
