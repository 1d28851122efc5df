"""What a chip cannot run: regions and sections where it has no memory, contents that nothing keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .chips import Chip, Region
from .footprint import Fault
from .image import Image, Section
from .memory import MemoryMap, ScriptRegion
from .reserves import is_reserve

_SHOWN = 4
"""Memories of a chip that a message names."""
_OF_ALL = re.compile(r"\.?s?(bss|data)")
"""Sections that no script makes an overlay."""


def faults(image: Image, memory: MemoryMap) -> Iterator[Fault]:
    """Of every region in which something lies, and of every section; empty where all is in its place.

    Which addresses there are is known of chips alone; where linker scripts name address spaces instead (AVR, ESP32)
    regions are not judged.
    """
    placed = [section for section in image.sections if section.allocated and section.size]
    chip = memory.chip
    wrong: list[ScriptRegion] = []
    if chip is not None and not chip.spaces:
        for region in memory.script:
            used = any(region.holds(address) for section in placed for address in _addresses(section))
            if used and not _is_there(region.start, region.end, chip):
                wrong.append(region)
                yield _no_region(region, chip)
    stored = [section for section in placed if not section.nobits and _stored(section, memory)]
    # A program that lies in RAM altogether is loaded there; of an unknown chip a boot loader may do that with a part.
    copied = any(section.load_address != section.address for section in stored)
    judged = bool(stored) and not memory.stored_all and (chip is not None or copied)
    for section in placed:
        if any(region.holds(section.address) for region in wrong):
            continue
        if chip is not None and not chip.spaces and not _has_place(section, memory, chip):
            yield _no_memory(section, chip)
        elif judged and not section.nobits and _stored(section, memory) is None:
            yield _no_contents(section, stored, memory)


def in_one_ram(image: Image, memory: MemoryMap) -> Iterator[Fault]:
    """Sections that run in the RAM of others; of overlays, which begin at one address, a script means it so.

    What is zeroed and what has initial values are no overlay of each other. Reserves are not judged: scripts give heap
    and stack the same bytes, and each what the other leaves.
    """
    mirrored = dict(memory.sections)
    in_ram = [
        each
        for each in image.sections
        if each.allocated
        and each.size
        and each.name not in mirrored
        and not is_reserve(each)
        and _runs_in_ram(each, memory)
    ]
    reached: Section | None = None
    told = set[str]()
    for section in sorted(in_ram, key=lambda each: (each.address, each.index)):
        end = reached.address + reached.size if reached else 0
        if reached and section.address < end and not _is_overlay(section, reached):
            # Of .data and .dma it is .dma that is out of its place.
            own, other = (reached, section) if _OF_ALL.match(section.name) else (section, reached)
            shared = min(section.address + section.size, end) - section.address
            if own.name not in told:
                told.add(own.name)
                place = f"{shared:,} bytes of RAM in common, from {section.address:#x}"
                advice = (f"give {own.name} a place of its own, > RAM, in the linker script",)
                yield Fault(f"section:{own.name}", f"{own.name} and {other.name} have {place}", advice)
        if section.address + section.size > end:
            reached = section


def _is_overlay(section: Section, other: Section) -> bool:
    names = _OF_ALL.match(section.name) or _OF_ALL.match(other.name)
    return section.address == other.address and section.nobits == other.nobits and not names


def _runs_in_ram(section: Section, memory: MemoryMap) -> bool:
    region = memory.runs_in(section)
    return region is not None and region.kind == "ram"


def _addresses(section: Section) -> set[int]:
    return {section.address} if section.nobits else {section.address, section.load_address}


def _is_there(start: int, end: int, chip: Chip) -> bool:
    """Whether the chip has memory of one kind from `start` to `end`, or something external may be there."""
    for kind in ("flash", "ram", "other"):
        at = start
        for region in sorted(chip.regions, key=lambda region: region.start):
            if region.kind == kind and region.start <= at:
                at = max(at, region.end)
        if at >= end:
            return True
    return chip.has_window(start, end)


def _has_place(section: Section, memory: MemoryMap, chip: Chip) -> bool:
    """The first byte counts: what ends beyond a memory overflows it, which is another check."""
    regions = (*memory.known, *chip.regions)
    return all(
        any(region.start <= address < region.end for region in regions) or chip.has_window(address, address + 1)
        for address in _addresses(section)
    )


def _stored(section: Section, memory: MemoryMap) -> Region | None:
    """What keeps the contents of a section without power; a guess where it is no known memory."""
    region = memory.find(section.load_address)
    return region if region is not None and (region.kind == "flash" or region.keeps) else None


def _no_region(region: ScriptRegion, chip: Chip) -> Fault:
    near = [each for each in chip.regions if region.overlap(each) or each.end == region.start]
    own = max(near, key=region.overlap, default=None)
    name, place = f"region {region.name} of the linker script", _place(region)
    if own is None:
        message = f"{name}, {place}, is where the {chip.name} has no memory"
        return Fault(f"region:{region.name}", message, (_memories(chip),))
    message = f"{name}, {place}, is not all there: the {chip.name} has {_memory(own)}"
    advice = [f"end it at {own.end:#x} at the latest" if region.start >= own.start else f"begin it at {own.start:#x}"]
    if own.kind in ("flash", "ram") and region.start >= own.start:
        option = "maximum_size" if own.kind == "flash" else "maximum_ram_size"
        advice.append(f"where the script has the board's figure: board_upload.{option} = {own.size}")
    return Fault(f"region:{region.name}", message, tuple(advice))


def _no_memory(section: Section, chip: Chip) -> Fault:
    message = f"{section.name}, {section.size:,} bytes at {section.address:#x}"
    if section.load_address != section.address and not section.nobits:
        message += f" with its contents at {section.load_address:#x}"
    return Fault(f"section:{section.name}", f"{message}, is where the {chip.name} has no memory", (_memories(chip),))


def _no_contents(section: Section, stored: Sequence[Section], memory: MemoryMap) -> Fault:
    ends = [each.load_address + each.size for each in (section, *stored)]
    span = max(ends) - min(each.load_address for each in (section, *stored))
    message = (
        f"{section.name} has {section.size:,} bytes of initial values at {section.load_address:#x}, which no flash "
        f"holds: firmware.bin would reach there, {span:,} bytes long, and nothing loads them"
    )
    runs_in = memory.find(section.address)
    where = f">{runs_in.name} " if runs_in is not None and runs_in in memory.known else ""
    return Fault(
        f"contents:{section.name}",
        message,
        (
            f"keep them in flash, {where}AT>FLASH in the linker script, and copy them at start",
            "or give it no initial values: (NOLOAD) in the linker script",
        ),
    )


def _memories(chip: Chip) -> str:
    rows = [region for region in chip.regions if region.kind != "other" and not region.alias]
    return f"in the linker script, take what is there: {', '.join(_memory(region) for region in rows[:_SHOWN])}"


def _memory(region: Region) -> str:
    return f"{region.name} {_place(region)}"


def _place(region: Region | ScriptRegion) -> str:
    return f"{region.start:#010x} to {region.end - 1:#010x}"
