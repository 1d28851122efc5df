"""Footprint: what a firmware takes. Every byte of a section has exactly one entry, totals always match."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from .memory import MemoryMap, RegionUse

RESERVED = "stack+heap"
UNATTRIBUTED = "unattributed"


@dataclass(frozen=True, slots=True)
class SizeEntry:
    """Bytes that one symbol takes, or with symbol "" an owner's bytes of a section that no symbol names.

    `address` is where it runs. .data counts in both flash and ram. `other` is of EEPROM, RTC memory and the like.
    """

    owner: str
    section: str
    symbol: str
    flash: int
    ram: int
    address: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True)
class SectionSize:
    """What a section takes of flash (its contents), of RAM, and of memories that are neither.

    `region` is the name of the one it runs in, `stored` of the flash that holds its contents; "" where there is none.
    """

    name: str
    region: str
    flash: int
    ram: int
    stored: str = ""
    other: int = 0


@dataclass(frozen=True, slots=True)
class OwnerSize:
    """The sum of an owner's entries."""

    owner: str
    flash: int
    ram: int


@dataclass(frozen=True, slots=True)
class Rest:
    """Bytes that a linker script gives to stack or heap because nothing else has them; no part of a Footprint's sums.

    `region` is the name of the memory.
    """

    section: str
    region: str
    size: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What no board can run. `name` is of a check, as in `region:RAM`; `advice` are next steps."""

    name: str
    message: str
    advice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a firmware takes. The entries of a section sum to its SectionSize, in flash, in ram and in other.

    `has_symbols` is False for a stripped file: sizes hold, owners are unknown. `notes` are for the reader, `machine` is
    that of the Image, `filled` how far known memories are. `rests` are free for stack and heap, `faults` are
    regions and sections that are not where the chip has memory.
    """

    entries: tuple[SizeEntry, ...]
    sections: tuple[SectionSize, ...]
    memory: MemoryMap
    has_symbols: bool
    notes: tuple[str, ...] = ()
    machine: str = ""
    filled: tuple[RegionUse, ...] = ()
    rests: tuple[Rest, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def flash(self) -> int:
        """Bytes of flash in all."""
        return sum(entry.flash for entry in self.entries)

    @property
    def ram(self) -> int:
        """Bytes of RAM in all, without stack and heap that no section reserves."""
        return sum(entry.ram for entry in self.entries)

    def main(self, kind: str) -> int:
        """Bytes of flash or of RAM but for those in memories beside (external flash, CCM): what a limit is of."""
        others = {region.name for region in self.memory.beside(kind)}
        place = "stored" if kind == "flash" else "region"
        total = self.flash if kind == "flash" else self.ram
        beside: int = sum(getattr(each, kind) for each in self.sections if getattr(each, place) in others)
        return total - beside

    def owners(self) -> tuple[OwnerSize, ...]:
        """Largest first, by flash and ram together."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for entry in self.entries:
            if entry.flash or entry.ram:
                sums[entry.owner][0] += entry.flash
                sums[entry.owner][1] += entry.ram
        rows = [OwnerSize(owner, flash, ram) for owner, (flash, ram) in sums.items()]
        return tuple(sorted(rows, key=lambda row: (-row.flash - row.ram, row.owner)))
