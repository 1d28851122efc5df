"""What a board measured of one model says of the times of its others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..measured.profile import Profile
from ..sizes import shown_time
from .device import OnDevice


@dataclass(frozen=True, slots=True)
class Calibration:
    """Times on this board are at most `factor` times the upper ends of estimates, as far as `model` tells."""

    factor: float
    model: str


def calibration(profiles: Sequence[Profile], devices: Sequence[OnDevice]) -> Calibration | None:
    """Of the model that is furthest above its estimate; None where nothing of this code was measured."""
    estimates = {each.name: each.latency_us for each in profiles}
    rows = [row.measured for row in devices if not row.stale and row.measured.latency_us]
    found = [
        Calibration(row.latency_us[1] / estimate[1], row.name)
        for row in rows
        if row.latency_us and (estimate := estimates.get(row.name)) and estimate[1]
    ]
    return max(found, key=lambda each: each.factor, default=None)


def calibrated_notes(profiles: Sequence[Profile], devices: Sequence[OnDevice]) -> Iterator[str]:
    """A line for each model that has an estimate alone, on a board that measured another."""
    found = calibration(profiles, devices)
    fresh = {row.measured.name for row in devices if not row.stale}
    for profile in profiles if found else ():
        if profile.latency_us and profile.name not in fresh and found:
            upper = shown_time(round(profile.latency_us[1] * found.factor))
            times = f"{found.factor:.2f} times the upper end of its estimate"
            yield f"{profile.name}: up to about {upper} on this board, whose {found.model} takes {times}"
