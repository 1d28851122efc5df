"""The memories of known chips, from regions/*.json: one file per family, one line per kind of part."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..sizes import parse_size


@dataclass(frozen=True, slots=True)
class Region:
    """A range of addresses, `size` bytes of which are there.

    `kind` is flash, ram, or other (EEPROM, RTC memory, fuses: counted as neither). `beside`: not in the board's limit
    of its kind, as CCM is not. `reach`: how many addresses are its own, where a linker script
    names more than are there.
    """

    name: str
    kind: str
    start: int
    size: int
    beside: bool = False
    reach: int = 0
    origin: str = ""
    """Who says so: a chip's file, the linker's map, or both."""

    def holds(self, address: int) -> bool:
        """Whether `address` belongs to the region."""
        return self.start <= address < self.start + max(self.size, self.reach)


@dataclass(frozen=True, slots=True)
class Chip:
    """`name` is the beginning of an mcu's name. Of each kind the first region is the one that boards' limits are of.

    `stored_all`: a boot loader puts every initial value in its place, so that all contents take flash. `sections` are
    those whose addresses mislead: their region, "" where their bytes are counted elsewhere.
    """

    name: str
    regions: tuple[Region, ...]
    stored_all: bool
    sections: tuple[tuple[str, str], ...]


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
    return Chip(name, regions, stored_all, tuple(family.get("sections", {}).items()))


@functools.cache
def _families() -> tuple[dict[str, Any], ...]:
    return tuple(
        json.loads(path.read_text("utf-8")) for path in sorted((Path(__file__).parent / "regions").glob("*.json"))
    )


def _regions(chip: str, family: dict[str, dict[str, str]], sizes: dict[str, str], stored_all: bool) -> Iterator[Region]:
    """A size is "64K", or "64K at 0x20000000" where that part has the region elsewhere than its family."""
    kinds = set()
    for name, row in family.items():
        if name in sizes:
            size, _, start = sizes[name].partition(" at ")
            kind = row["kind"]
            # All that a boot loader stores is in the one image, in whichever window it is read.
            beside = kind == "other" or (kind in kinds and not (kind == "flash" and stored_all))
            kinds.add(kind)
            yield Region(name, kind, int(start or row["start"], 16), parse_size(size, None), beside, origin=chip)
