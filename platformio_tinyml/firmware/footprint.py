"""Image -> Footprint. One rule, as in bloaty: every byte of a section has exactly one entry, totals always match."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .attribution import APPLICATION, file_owner, owner_of
from .image import Image, InputSection, Section, Symbol
from .memory import MemoryMap, RegionUse

RESERVED = "stack+heap"
UNATTRIBUTED = "unattributed"

PADDING = "(padding)"
"""Stands for a section's name where alignment leaves bytes between sections."""
_UNUSABLE = 16
"""A gap below this many bytes is lost, whatever made it."""

_RESERVED_SECTION = re.compile(r"(?:^|[._])(?:heap|stack)", re.IGNORECASE)


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
class Footprint:
    """What a firmware takes. The entries of a section sum to its SectionSize, in flash, in ram and in other.

    `has_symbols` is False for a stripped file: sizes hold, owners are unknown. `notes` are for the reader, `machine` is
    that of the Image, `filled` how far known memories are.
    """

    entries: tuple[SizeEntry, ...]
    sections: tuple[SectionSize, ...]
    memory: MemoryMap
    has_symbols: bool
    notes: tuple[str, ...] = ()
    machine: str = ""
    filled: tuple[RegionUse, ...] = ()

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
            if entry.flash or entry.ram:
                sums[entry.owner][0] += entry.flash
                sums[entry.owner][1] += entry.ram
        rows = [OwnerSize(owner, flash, ram) for owner, (flash, ram) in sums.items()]
        return tuple(sorted(rows, key=lambda row: (-row.flash - row.ram, row.owner)))


def measure(
    image: Image, memory: MemoryMap, owners: Mapping[str, str], inputs: Sequence[InputSection] = ()
) -> Footprint:
    """Bill every byte of every allocated section.

    `owners` maps a C symbol to its owner (Manifest.symbols); `inputs`, from the map of the same link, say which file
    each byte comes from. Flash counts contents by load address, RAM by run address, both against the regions of
    `memory`, and in both the padding between sections.
    """
    by_section: dict[int, list[Symbol]] = defaultdict(list)
    for symbol in image.symbols:
        if symbol.size and symbol.kind != "tls":
            by_section[symbol.section].append(symbol)
    files_of: dict[str, list[InputSection]] = defaultdict(list)
    for item in inputs:
        files_of[item.section].append(item)
    entries: list[SizeEntry] = []
    sections: list[SectionSize] = []
    unloadable: list[Section] = []
    in_flash: list[tuple[int, int, int]] = []
    in_ram: list[tuple[int, int, int]] = []
    seen: set[str] = set()
    for found in image.sections:
        if not found.allocated or not found.size:
            continue
        # A linker can be made to give two sections one name; entries name the section that they are of.
        section = replace(found, name=f"{found.name} ({len(seen)})") if found.name in seen else found
        seen.add(section.name)
        size = _section_size(section, memory)
        sections.append(size)
        if size.ram and not size.flash and not section.nobits:
            unloadable.append(section)
        if size.flash and not memory.stored_all:
            in_flash.append((section.load_address, section.size, section.alignment))
        if size.ram:
            in_ram.append((section.address, section.size, section.alignment))
        entries += _entries(section, size, by_section[found.index], _files(section, files_of[found.name]), owners)
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
    return Footprint(
        tuple(entries),
        tuple(sections),
        memory,
        bool(image.symbols),
        tuple(notes),
        image.machine,
        tuple(_filled(image, memory)),
    )


def _filled(image: Image, memory: MemoryMap) -> Iterator[RegionUse]:
    """Known memories in which something lies, by address: what begins in one and ends beyond it overflows it."""
    ends: dict[int, int] = {}
    misleading = dict(memory.sections)
    for section in image.sections:
        if section.allocated and section.size and section.name not in misleading:
            for address in {section.address} if section.nobits else {section.address, section.load_address}:
                region = memory.find(address)
                if region is not None:
                    ends[region.start] = max(ends.get(region.start, 0), address + section.size)
    for region in memory.known:
        if region.start in ends:
            yield RegionUse(region, ends[region.start] - region.start)


def _padding(places: list[tuple[int, int, int]]) -> int:
    """Bytes between neighbours that only alignment separates; `places` are (address, size, alignment)."""
    total = 0
    for (start, size, _), (following, _, alignment) in pairwise(sorted(places)):
        gap = following - start - size
        if 0 < gap < max(alignment, _UNUSABLE):
            total += gap
    return total


def _section_size(section: Section, memory: MemoryMap) -> SectionSize:
    runs_in = memory.runs_in(section)
    loads_in = memory.find(section.load_address)
    in_flash = loads_in is not None and loads_in.kind == "flash"
    stored = (memory.stored_all or in_flash) and not section.nobits
    kind = runs_in.kind if runs_in else ""
    return SectionSize(
        name=section.name,
        region=runs_in.name if runs_in else "",
        flash=section.size if stored else 0,
        ram=section.size if kind == "ram" else 0,
        stored=loads_in.name if stored and loads_in is not None and in_flash else "",
        other=section.size if kind == "other" else 0,
    )


def _entries(
    section: Section,
    size: SectionSize,
    symbols: list[Symbol],
    files: list[tuple[int, str]],
    owners: Mapping[str, str],
) -> Iterator[SizeEntry]:
    """One per symbol, billed to who owns the file that it begins in, and one per owner of what no symbol names."""

    def entry(owner: str, symbol: str, start: int, length: int) -> SizeEntry:
        flash, ram, other = (length if taken else 0 for taken in (size.flash, size.ram, size.other))
        return SizeEntry(owner, section.name, symbol, flash, ram, address=start, other=other)

    if not size.flash and not size.ram and not size.other:
        return
    reserved = RESERVED if section.nobits and _RESERVED_SECTION.search(section.name) else ""
    starts = [start for start, _ in files]
    nameless: dict[str, tuple[int, int]] = {}  # owner -> where its first such byte is, how many

    def bill(start: int, stop: int) -> None:
        while start < stop:
            index = bisect_right(starts, start)
            end = min(starts[index], stop) if index < len(starts) else stop
            file = files[index - 1][1]
            owner = reserved or (file_owner(file, owners) or APPLICATION if file else UNATTRIBUTED)
            first, length = nameless.get(owner, (start, 0))
            nameless[owner] = first, length + end - start
            start = end

    at = section.address
    for symbol, start, length in _pieces(section, symbols, owners):
        bill(at, start)
        file = files[bisect_right(starts, start) - 1][1]
        yield entry(owner_of(symbol.name, file, owners), symbol.name, start, length)
        at = start + length
    bill(at, section.address + section.size)
    for owner, (start, length) in nameless.items():
        yield entry(owner, "", start, length)


def _files(section: Section, inputs: list[InputSection]) -> list[tuple[int, str]]:
    """(start, file) of each stretch of a section, "" where no file is known; the first begins where the section does.

    Padding goes to the file before whose bytes it stands, the last to the last file. A gap too long for padding is the
    linker script's own doing.
    """
    at, end = section.address, section.address + section.size
    padding = max(section.alignment, _UNUSABLE)
    files: list[tuple[int, str]] = []
    for item in sorted(inputs, key=lambda item: item.start):
        start, stop = max(item.start, at), min(item.start + item.size, end)
        if start >= stop:
            continue
        if at < start:
            files.append((at, item.file if start - at < padding else ""))
        files.append((start, item.file))
        at = stop
    if at < end:
        files.append((at, files[-1][1] if files and end - at < padding else ""))
    return files


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
