"""Instructions -> time and energy, as ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..measured.profile import Profile

VOLTAGE = 3.3
"""Volts, where nobody says."""


@dataclass(frozen=True, slots=True)
class Power:
    """What a board draws while its core runs: milliamperes for each MHz, at so many volts."""

    ma_per_mhz: float
    voltage: float = VOLTAGE


def priced(profile: Profile, clock_hz: int | None, power: Power | None) -> Profile:
    """`profile` with its latency and energy, each where all that it is made of is known."""
    latency = energy = None
    if profile.instructions_bound and profile.cpi:
        cycles = [count * each for count, each in zip(profile.instructions_bound, profile.cpi, strict=True)]
        if clock_hz:
            latency = (cycles[0] * 1e6 / clock_hz, cycles[1] * 1e6 / clock_hz)
        if power:
            nanojoules = power.ma_per_mhz * power.voltage  # for each cycle: mA * V / MHz
            energy = (cycles[0] * nanojoules / 1000, cycles[1] * nanojoules / 1000)
    return replace(
        profile,
        clock_hz=clock_hz,
        latency_us=latency,
        ma_per_mhz=power.ma_per_mhz if power else None,
        voltage=power.voltage if power else None,
        energy_uj=energy,
    )
