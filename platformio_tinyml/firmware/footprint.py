"""Image -> Footprint. One rule, as in bloaty: every byte of a section has exactly one entry, totals always match."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from .image import Image, Section, Symbol
from .memory import MemoryMap

APPLICATION = "application"
RESERVED = "stack+heap"
RUNTIME = "tinyml"
UNATTRIBUTED = "unattributed"

PADDING = "(padding)"
"""Stands for a section's name where alignment leaves bytes between sections."""
_UNUSABLE = 16
"""A gap below this many bytes is lost, whatever made it."""

_RESERVED_SECTION = re.compile(r"(?:^|[._])(?:heap|stack)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SizeEntry:
    """Bytes that one symbol takes, or with symbol "" the bytes of a section that no symbol names.

    `address` is where it runs. .data counts in both flash and ram.
    """

    owner: str
    section: str
    symbol: str
    flash: int
    ram: int
    address: int = 0


@dataclass(frozen=True, slots=True)
class SectionSize:
    """What a section takes of flash (its contents) and of RAM.

    `region` is the name of the one it runs in, `stored` of the flash that holds its contents; "" where there is none.
    """

    name: str
    region: str
    flash: int
    ram: int
    stored: str = ""


@dataclass(frozen=True, slots=True)
class OwnerSize:
    """The sum of an owner's entries."""

    owner: str
    flash: int
    ram: int


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a firmware takes. The entries of a section sum to its SectionSize, in flash and in ram.

    `has_symbols` is False for a stripped file: sizes hold, owners are unknown. `notes` are for the reader.
    """

    entries: tuple[SizeEntry, ...]
    sections: tuple[SectionSize, ...]
    memory: MemoryMap
    has_symbols: bool
    notes: tuple[str, ...] = ()

    @property
    def flash(self) -> int:
        """Bytes of flash in all."""
        return sum(entry.flash for entry in self.entries)

    @property
    def ram(self) -> int:
        """Bytes of RAM in all, without stack and heap that no section reserves."""
        return sum(entry.ram for entry in self.entries)

    def owners(self) -> tuple[OwnerSize, ...]:
        """Largest first, by flash and ram together."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for entry in self.entries:
            sums[entry.owner][0] += entry.flash
            sums[entry.owner][1] += entry.ram
        rows = [OwnerSize(owner, flash, ram) for owner, (flash, ram) in sums.items()]
        return tuple(sorted(rows, key=lambda row: (-row.flash - row.ram, row.owner)))


def measure(image: Image, memory: MemoryMap, owners: Mapping[str, str]) -> Footprint:
    """Bill every byte of every allocated section. `owners` maps a C symbol to its owner (Manifest.symbols).

    Flash counts contents by load address, RAM by run address, both against the regions of `memory`, and in both the
    padding between sections.
    """
    by_section: dict[int, list[Symbol]] = defaultdict(list)
    for symbol in image.symbols:
        if symbol.size and symbol.kind != "tls":
            by_section[symbol.section].append(symbol)
    entries: list[SizeEntry] = []
    sections: list[SectionSize] = []
    unloadable: list[Section] = []
    in_flash: list[tuple[int, int, int]] = []
    in_ram: list[tuple[int, int, int]] = []
    for section in image.sections:
        if not section.allocated or not section.size:
            continue
        size = _section_size(section, memory)
        sections.append(size)
        if size.ram and not size.flash and not section.nobits:
            unloadable.append(section)
        if size.flash and not memory.stored_all:
            in_flash.append((section.load_address, section.size, section.alignment))
        if size.ram:
            in_ram.append((section.address, section.size, section.alignment))
        entries += _entries(section, size, by_section[section.index], owners)
    padding = SectionSize(PADDING, "", _padding(in_flash), _padding(in_ram))
    if padding.flash or padding.ram:
        sections.append(padding)
        entries.append(SizeEntry(UNATTRIBUTED, PADDING, "", padding.flash, padding.ram))
    notes: list[str] = []
    if unloadable:
        names = " ".join(section.name for section in unloadable)
        total = sum(section.size for section in unloadable)
        notes.append(f"{total:,} bytes of initial values have no place in flash: {names}")
    if not image.symbols:
        notes.append("the ELF has no symbols: owners, arenas and weights cannot be told")
    return Footprint(tuple(entries), tuple(sections), memory, bool(image.symbols), tuple(notes))


def owner_of(symbol: str, owners: Mapping[str, str]) -> str:
    """Owner of a symbol; what GCC appends to names of clones and statics (.constprop.0, .lto_priv.1) is ignored."""
    name = symbol.partition(".")[0]
    return owners.get(name) or (RUNTIME if name.startswith("tinyml_") else APPLICATION)


def _padding(places: list[tuple[int, int, int]]) -> int:
    """Bytes between neighbours that only alignment separates; `places` are (address, size, alignment)."""
    total = 0
    for (start, size, _), (following, _, alignment) in pairwise(sorted(places)):
        gap = following - start - size
        if 0 < gap < max(alignment, _UNUSABLE):
            total += gap
    return total


def _section_size(section: Section, memory: MemoryMap) -> SectionSize:
    runs_in = memory.find(section.address)
    loads_in = memory.find(section.load_address)
    in_flash = loads_in is not None and loads_in.kind == "flash"
    stored = (memory.stored_all or in_flash) and not section.nobits
    return SectionSize(
        name=section.name,
        region=runs_in.name if runs_in else "",
        flash=section.size if stored else 0,
        ram=section.size if runs_in is not None and runs_in.kind == "ram" else 0,
        stored=loads_in.name if stored and loads_in is not None and in_flash else "",
    )


def _entries(
    section: Section, size: SectionSize, symbols: list[Symbol], owners: Mapping[str, str]
) -> Iterator[SizeEntry]:
    def entry(owner: str, symbol: str, start: int, length: int) -> SizeEntry:
        return SizeEntry(
            owner, section.name, symbol, length if size.flash else 0, length if size.ram else 0, address=start
        )

    if not size.flash and not size.ram:
        return
    left = section.size
    for symbol, start, length in _pieces(section, symbols, owners):
        left -= length
        yield entry(owner_of(symbol.name, owners), symbol.name, start, length)
    if left:
        reserved = section.nobits and _RESERVED_SECTION.search(section.name)
        yield entry(RESERVED if reserved else UNATTRIBUTED, "", section.address, left)


def _pieces(section: Section, symbols: list[Symbol], owners: Mapping[str, str]) -> Iterator[tuple[Symbol, int, int]]:
    """(symbol, start, length) without overlap: of aliases the best name, and a symbol ends where the next begins."""

    def preference(symbol: Symbol) -> tuple[int, bool, bool, int, str]:
        known = symbol.name.partition(".")[0] in owners
        return symbol.address, not known, symbol.binding != "global", -symbol.size, symbol.name

    end_of_section = section.address + section.size
    distinct: dict[int, Symbol] = {}
    for symbol in sorted(symbols, key=preference):
        if section.address <= symbol.address < end_of_section:
            distinct.setdefault(symbol.address, symbol)
    starts = [*distinct, end_of_section]
    for symbol, next_start in zip(distinct.values(), starts[1:], strict=True):
        yield symbol, symbol.address, min(symbol.size, next_start - symbol.address)
