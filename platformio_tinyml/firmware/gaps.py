"""What lies between sections: it belongs to the image in flash, and what alignment leaves in RAM is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from .chips import Region
from .image import Section
from .memory import MemoryMap

PADDING = "(padding)"
"""Stands for a section's name where alignment leaves bytes between sections."""
GAP = "(gap)"
"""The same for what is more than alignment."""
UNUSABLE = 16
"""Fewer bytes between sections than this are lost, whatever made them so."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes before the section `before`, in the memory `region` or, None, between two parts of one."""

    name: str
    start: int
    size: int
    region: Region | None
    before: str


def flash_gaps(stored: Sequence[Section], memory: MemoryMap) -> Iterator[Gap]:
    """All between the first and the last byte of each image, as `objcopy -O binary` fills it; `stored`: contents."""
    image_of = images(memory)
    rows = [(image_of[region], section) for section in stored if (region := memory.find(section.load_address))]
    for _, group in groupby(sorted(rows, key=lambda row: (row[0], row[1].load_address)), key=lambda row: row[0]):
        reached: int | None = None
        for _, section in group:
            start = section.load_address
            if reached is not None and reached < start:
                name = PADDING if start - reached < max(section.alignment, UNUSABLE) else GAP
                yield from _by_region(name, reached, start, section.name, memory)
            reached = max(reached or 0, start + section.size)


def ram_gaps(placed: Sequence[Section], memory: MemoryMap) -> Iterator[Gap]:
    """What alignment alone separates; more is free. `placed`: what runs in RAM."""
    for before, after in pairwise(sorted(placed, key=lambda section: (section.address, section.size))):
        start = before.address + before.size
        if 0 < after.address - start < max(after.alignment, UNUSABLE):
            yield Gap(PADDING, start, after.address - start, memory.find(before.address), after.name)


def _by_region(name: str, start: int, end: int, before: str, memory: MemoryMap) -> Iterator[Gap]:
    first, last = memory.find(start), memory.find(end - 1)
    if first == last:
        yield Gap(name, start, end - start, first, before)
        return
    ends = min(max(first.end, start), end) if first else start
    begins = max(min(last.start, end), ends) if last else end
    for at, stop, region in ((start, ends, first), (ends, begins, None), (begins, end, last)):
        if at < stop:
            yield Gap(name, at, stop - at, region, before)


def images(memory: MemoryMap) -> dict[Region, str]:
    """By flash region what its contents are one image with: those of its memory, or with nothing else between them."""
    names: dict[Region, str] = {}
    image = ""
    for region in sorted(memory.known + memory.inferred, key=lambda region: region.start):
        if region.kind != "flash":
            image = ""
        elif not region.memory:
            image = image or region.name
        names[region] = region.memory or image
    return names
