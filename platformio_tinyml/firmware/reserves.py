"""Stack and heap that a linker script reserves: fixed sizes are use, the remainder of a memory is what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .image import Image, Section
from .memory import MemoryMap

_NAME = re.compile(r"(?:^|[._])(?:heap|stack)", re.IGNORECASE)

_ALIGNMENT = 16
"""Bytes that may lie between a remainder and what it adjoins."""


def is_reserve(section: Section) -> bool:
    """Whether a section is there for stack or heap alone, by its name."""
    return section.nobits and _NAME.search(section.name) is not None


def remainders(image: Image, memory: MemoryMap, stretched: Mapping[str, int] | None = None) -> dict[int, int]:
    """Bytes by the index of a reserve that it has only because they are left.

    `stretched`, from the link's map, has the bytes by which the script moved the end of a section to a fixed address
    (`. = ORIGIN(RAM) + LENGTH(RAM)`). Without a map it is the reserves that fill a known memory from the last data to
    its end.
    """
    reserves = {section.index: section for section in _placed(image) if is_reserve(section)}
    if stretched is None:
        return {section.index: section.size for section in _filling(image, memory)}
    found = {index: min(stretched.get(section.name, 0), section.size) for index, section in reserves.items()}
    return {index: size for index, size in found.items() if size}


def _filling(image: Image, memory: MemoryMap) -> Iterator[Section]:
    for region in memory.known:
        end, run = region.end, list[Section]()
        inside = [section for section in _placed(image) if region.start <= section.address < region.end]
        for section in sorted(inside, key=lambda section: -section.address):
            if abs(end - section.address - section.size) >= _ALIGNMENT:
                break
            if not is_reserve(section):
                yield from run
                break
            run.append(section)
            end = section.address


def _placed(image: Image) -> list[Section]:
    return [section for section in image.sections if section.allocated and section.size]
