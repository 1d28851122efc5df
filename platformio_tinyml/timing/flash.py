"""How long a chip's flash makes its core wait, at a clock (firmware/regions/*.json: flash_timing)."""

from __future__ import annotations

from dataclasses import dataclass

from ..firmware.chips import find_chip

CACHED, PREFETCHED, PLAIN = "cached", "prefetched", "plain"


@dataclass(frozen=True, slots=True)
class Flash:
    """`wait`: cycles that a read beyond the buffers takes more. `code`: CACHED if loops run without any, PREFETCHED if
    only jumps wait, PLAIN if each line does. `line`: bytes that are read at once; `lines`: how many of data are kept.
    """

    wait: float
    code: str
    line: int
    lines: int
    source: str

    @property
    def buffer(self) -> tuple[int, int]:
        """For Emulator: where no data is kept each read counts."""
        return (self.line, self.lines) if self.lines else (1, 1)


UNKNOWN = Flash(0, CACHED, 16, 8, "")
"""To count with where nothing is known of a chip."""
_MHZ_PER_WAIT, _MOST_WAITS = 30, 6
"""Of chips that nothing is known of, at worst."""


def find_flash(mcu: str, clock_hz: int | None) -> Flash | None:
    """Of a chip by its name; None where its file does not say, or it is faster than that says."""
    chip = find_chip(mcu) if mcu else None
    row = chip.flash_timing if chip else None
    if not row or clock_hz is None:
        return None
    wait = row.get("miss")
    if wait is None:
        steps = [number for number, most in enumerate(row["mhz"]) if clock_hz <= most * 1_000_000]
        if not steps:
            return None
        wait = steps[0]
    return Flash(wait, row["code"], row["line"], row["lines"], row["source"])


def worst_flash(clock_hz: int | None) -> Flash:
    """What a chip that nothing is known of may have: a flash without buffers."""
    waits = min(clock_hz // (_MHZ_PER_WAIT * 1_000_000), _MOST_WAITS) if clock_hz else _MOST_WAITS
    return Flash(waits, PREFETCHED, 16, 8, "")
