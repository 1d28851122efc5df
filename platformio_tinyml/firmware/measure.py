"""Image -> Footprint: every section against the memories, by load address in flash, by run address in RAM."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from .billing import bill, stretches
from .chips import Region
from .contents import in_one_place, lost
from .footprint import UNATTRIBUTED, Footprint, Rest, SectionSize, SizeEntry
from .gaps import GAP, PADDING, Gap, flash_gaps, ram_gaps
from .image import Image, InputSection, Section, Symbol
from .memory import MemoryMap, RegionUse
from .placement import faults, in_one_ram
from .reserves import Stretch, remainders
from .words import shortened


def measure(
    image: Image,
    memory: MemoryMap,
    owners: Mapping[str, str],
    inputs: Sequence[InputSection] = (),
    stretched: Mapping[str, Stretch] | None = None,
) -> Footprint:
    """Bill every byte of every allocated section.

    `owners` maps a C symbol to its owner (Manifest.symbols); `inputs` and `stretched`, from the map of the same link,
    say which file each byte comes from, and which are the remainder of a memory (`remainders`). Flash counts contents
    by load address with all that lies between them, RAM by run address with what alignment leaves.
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
    stored: list[Section] = []
    in_ram: list[Section] = []
    rests: list[Rest] = []
    seen: set[str] = set()
    left = remainders(image, memory, stretched)
    for found in image.sections:
        if not found.allocated or not found.size:
            continue
        # A linker can be made to give two sections one name; entries name the section that they are of.
        section = replace(found, name=f"{found.name} ({len(seen)})") if found.name in seen else found
        seen.add(section.name)
        if found.index in left:
            region = memory.runs_in(section)
            rests.append(Rest(section.name, region.name if region else "", left[found.index]))
            section = replace(section, size=section.size - left[found.index])
        if not section.size:
            continue
        size = _section_size(section, memory)
        sections.append(size)
        if size.flash and not memory.stored_all:
            stored.append(section)
        if size.ram:
            in_ram.append(section)
        entries += bill(section, size, by_section[found.index], stretches(section, files_of[found.name]), owners)
    for row, start in _between(tuple(flash_gaps(stored, memory)), tuple(ram_gaps(in_ram, memory))):
        sections.append(row)
        entries.append(SizeEntry(UNATTRIBUTED, row.name, "", row.flash, row.ram, start))
    wrong = (
        *faults(image, memory),
        *lost(image, owners, inputs),
        *in_one_place(image, memory),
        *in_one_ram(image, memory),
    )
    return Footprint(
        tuple(entries),
        tuple(sections),
        memory,
        bool(image.symbols),
        tuple(_notes(image, memory, sections, rests, judged=bool(wrong))),
        image.machine,
        tuple(_filled(image, memory)),
        tuple(rests),
        wrong,
    )


def _notes(
    image: Image, memory: MemoryMap, sections: Sequence[SectionSize], rests: Sequence[Rest], *, judged: bool
) -> Iterator[str]:
    """`judged`: a fault tells of initial values that no flash holds; of a program that is loaded to RAM a note does."""
    contents = {section.name for section in image.sections if section.allocated and not section.nobits}
    loaded = [size for size in sections if size.name in contents and size.ram and not size.flash]
    if loaded and not judged:
        total = sum(size.ram for size in loaded)
        yield f"{total:,} bytes of initial values have no place in flash: {shortened([each.name for each in loaded])}"
    gap = sum(size.flash for size in sections if size.name.startswith(GAP))
    if gap:
        yield f"{gap:,} bytes of flash lie between sections, and are in firmware.bin"
    for region in dict.fromkeys(rest.region for rest in rests):
        inside = [rest for rest in rests if rest.region == region]
        names = shortened([rest.section for rest in inside])
        yield f"{region or 'RAM'}: {sum(rest.size for rest in inside):,} bytes are left for heap and stack ({names})"
    if image.machine == "xtensa" and memory.chip is None and memory.stored_all:
        yield "the chip is unknown: code in its RAM counts as flash alone (--mcu esp32, esp8266 ...)"
    if not image.symbols:
        yield "the ELF has no symbols: owners, arenas and weights cannot be told"


def _between(in_flash: Sequence[Gap], in_ram: Sequence[Gap]) -> Iterator[tuple[SectionSize, int]]:
    """Rows for the padding and for other gaps, and where they begin: one of each, and of further memories more."""
    for name in (PADDING, GAP):
        flash, ram = _by_region(name, in_flash), _by_region(name, in_ram)
        for index, (stored, runs) in enumerate(zip_longest(flash, ram, fillvalue=("", 0, 0))):
            (flash_name, flash_size, flash_start), (ram_name, ram_size, ram_start) = stored, runs
            row = SectionSize(f"{name} {index + 1}" if index else name, ram_name, flash_size, ram_size, flash_name)
            yield row, flash_start if flash_size else ram_start


def _by_region(name: str, gaps: Sequence[Gap]) -> list[tuple[str, int, int]]:
    """Name of the memory, bytes, where the first of them is."""
    sums: dict[str, tuple[int, int]] = {}
    for gap in gaps:
        if gap.name == name:
            region = gap.region.name if gap.region else ""
            total, start = sums.get(region, (0, gap.start))
            sums[region] = total + gap.size, start
    return [(region, *row) for region, row in sums.items()]


def _filled(image: Image, memory: MemoryMap) -> Iterator[RegionUse]:
    """Known memories in which something lies, by address: what begins in one and ends beyond it overflows it."""
    ends: dict[Region, int] = {}
    misleading = dict(memory.sections)
    for section in image.sections:
        if section.allocated and section.size and section.name not in misleading:
            for address in {section.address} if section.nobits else {section.address, section.load_address}:
                region = memory.find(address)
                if region is not None:
                    ends[region] = max(ends.get(region, 0), address + section.size)
    for region in memory.known:
        if region in ends:
            yield RegionUse(region, ends[region] - region.start)


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
