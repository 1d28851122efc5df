"""The memories of known chips, from regions/*.json: one file per family, one line per kind of part."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..sizes import parse_size

SCRIPT = "linker map"
"""How an origin begins that is the linker script's."""


@dataclass(frozen=True, slots=True)
class Region:
    """A range of addresses, `size` bytes of which are there.

    `kind` is flash, ram, or other (EEPROM, RTC memory, fuses: counted as neither). `beside`: not in the board's limit
    of its kind, as CCM is not. `reach`: how many addresses are its own, where a linker script
    names more than are there. `memory`: the memory that it is a part of, whose contents are one image. `keeps`: of kind
    other, and holds contents without power. `alias`: a second address of a memory.
    """

    name: str
    kind: str
    start: int
    size: int
    beside: bool = False
    reach: int = 0
    origin: str = ""
    """Who says so: a chip's file, the linker's map, or both."""
    memory: str = ""
    keeps: bool = False
    alias: bool = False

    @property
    def is_of_script(self) -> bool:
        """Whether the link's own map says how much of it there is."""
        return self.origin.startswith(SCRIPT)

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.start + self.size

    def holds(self, address: int) -> bool:
        """Whether `address` belongs to the region."""
        return self.start <= address < self.start + max(self.size, self.reach)


@dataclass(frozen=True, slots=True)
class Chip:
    """`name` is the beginning of an mcu's name. Of each kind the first region is the one that boards' limits are of.

    `stored_all`: a boot loader puts every initial value in its place, so that all contents take flash. `sections` are
    those whose addresses mislead: their region, "" where their bytes are counted elsewhere. `windows` are addresses of
    what may be connected, from the first to the last. `spaces`: linker scripts name address spaces, not what is there.
    `constants`: the section that keeps constants in flash where .rodata is copied to RAM. `words_alone`: its flash is
    read by words, so that bytes have to be in RAM. `flash_timing` is what timing/flash.py reads, `core` the one whose
    timings it has where its architecture's name does not tell.
    """

    name: str
    regions: tuple[Region, ...]
    stored_all: bool
    sections: tuple[tuple[str, str], ...]
    windows: tuple[tuple[int, int], ...] = ()
    spaces: bool = False
    constants: str = ""
    words_alone: bool = False
    flash_timing: dict[str, Any] | None = None
    core: str = ""

    def has_window(self, start: int, end: int) -> bool:
        """Whether something external, or a peripheral, may be at `start` to `end` (the first address behind it)."""
        return any(first <= start and end - 1 <= last for first, last in (*self.windows, *_EVERYWHERE))


_EVERYWHERE = ((0x40000000, 0x5FFFFFFF), (0x60000000, 0xDFFFFFFF), (0xE0000000, 0xFFFFFFFF))
"""Peripherals, external memories, the processor's own: the system address map of Armv6-M to Armv8-M; the RISC-V chips
of the files keep to it."""


def find_chip(mcu: str) -> Chip | None:
    """The chip whose name is the longest beginning of `mcu`, or all of it where its family's file says `exact`."""
    mcu = mcu.lower()
    found: tuple[str, dict[str, Any], dict[str, str]] | None = None
    for family in _families():
        for names, sizes in family["lines"].items():
            for name in names.split():
                fits = mcu == name if family.get("exact") else mcu.startswith(name)
                if fits and (found is None or len(name) > len(found[0])):
                    found = name, family, sizes
    if found is None:
        return None
    name, family, sizes = found
    stored_all = family.get("stored") == "all"
    regions = tuple(_regions(name, family["regions"], sizes, stored_all))
    return Chip(
        name,
        regions,
        stored_all,
        tuple(family.get("sections", {}).items()),
        tuple((int(first, 16), int(last, 16)) for first, last in family.get("windows", {}).values()),
        stored_all or bool(family.get("spaces")),
        family.get("constants", ""),
        bool(family.get("words_alone")),
        _timing_of(name, family),
        family.get("core", ""),
    )


def _timing_of(chip: str, family: dict[str, Any]) -> dict[str, Any] | None:
    """The row whose key is the longest beginning of the chip's name."""
    rows: dict[str, dict[str, Any]] = family.get("flash_timing", {})
    fitting = [name for name in rows if chip.startswith(name)]
    return rows[max(fitting, key=len)] if fitting else None


@functools.cache
def _families() -> tuple[dict[str, Any], ...]:
    return tuple(
        json.loads(path.read_text("utf-8")) for path in sorted((Path(__file__).parent / "regions").glob("*.json"))
    )


def _regions(chip: str, family: dict[str, dict[str, Any]], sizes: dict[str, str], stored_all: bool) -> Iterator[Region]:
    """A size is "64K", or "64K at 0x20000000" where that part has the region elsewhere than its family.

    A region that all parts have alike has its size in the family; "same" is that of the memory which an alias shows.
    """
    kinds: set[str] = set()
    mains: set[str] = set()
    for name, row in family.items():
        kind, memory = row["kind"], row.get("alias_of", name)
        given = sizes.get(name) or row.get("size")
        if given is None:
            continue
        size, _, start = (sizes[memory] if given == "same" else given).partition(" at ")
        # All that a boot loader stores is in the one image, in whichever window it is read.
        one_image = kind == "flash" and stored_all
        beside = kind == "other" or (kind in kinds and not one_image and memory not in mains)
        if not beside and kind not in kinds:
            mains.add(name)
        kinds.add(kind)
        yield Region(
            name,
            kind,
            int(start if start and given != "same" else row["start"], 16),
            parse_size(size, None),
            beside,
            origin=chip,
            memory=memory,
            keeps=row.get("keeps", False),
            alias=memory != name,
        )
