"""Work -> cycles, by a core's table and a chip's flash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..firmware.chips import find_chip
from .classes import Work
from .core import Core, find_core
from .flash import PLAIN, PREFETCHED, UNKNOWN, Flash, find_flash, worst_flash

_NOT_CLASSES = {"instructions", "code", "code_flash", "taken_flash", "flash_lines"}


@dataclass(frozen=True, slots=True)
class Timing:
    """A core with the flash that it runs from. `flash` is None where nobody says: then between none and `worst`."""

    core: Core
    flash: Flash | None
    worst: Flash

    @property
    def counted_with(self) -> Flash:
        """Whose buffer Emulator is to have."""
        return self.flash or UNKNOWN

    def cycles(self, work: Work) -> int:
        """What the tables give."""
        return round(cycles_of(work, self.core, self.counted_with))

    def without_waits(self, work: Work) -> int:
        """As from a memory that never makes the core wait."""
        return round(cycles_of(work, self.core, UNKNOWN))

    def bound(self, work: Work) -> tuple[float, float]:
        """The lowest and the highest, by the error of the core's table."""
        low, high = self.core.error
        slowest = cycles_of(work, self.core, self.flash or self.worst)
        return cycles_of(work, self.core, self.counted_with) * low, slowest * high


def find_timing(cores: Iterable[str], mcu: str, clock_hz: int | None) -> Timing | None:
    """Of the first of `cores` (as compilers name them) that has a table, or of the chip's own; None without."""
    chip = find_chip(mcu) if mcu else None
    known = filter(None, map(find_core, (chip.core if chip else "", *cores)))
    core = next(known, None)
    return Timing(core, find_flash(mcu, clock_hz), worst_flash(clock_hz)) if core else None


def cycles_of(work: Work, core: Core, flash: Flash) -> float:
    """Of all that `work` counts; `flash` as it was counted with."""
    cycles = sum(count * core.of(name) for name, count in work.items() if name not in _NOT_CLASSES)
    waits = work["flash_lines"]
    if flash.code == PREFETCHED:
        waits += work["taken_flash"]
    elif flash.code == PLAIN:
        waits += work["taken_flash"] + work["code_flash"] // flash.line
    return cycles + waits * flash.wait
