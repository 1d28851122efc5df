"""Stack and heap that a linker script reserves: fixed sizes are use, the remainder of a memory is what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .chips import Region
from .image import RESERVE_NAME, Image, Section
from .memory import MemoryMap

_STACK = re.compile("stack", re.IGNORECASE)

_ALIGNMENT = 16
"""Bytes that may lie between a remainder and what it adjoins."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes by which the linker script moves the end of a section, as the link's map tells.

    `left`: to an address (`. = ORIGIN(RAM) + LENGTH(RAM)`), or by what a memory has less what is taken
    (`. += LENGTH(RAM) - SIZEOF(.bss)`). `computed`: by another expression that is more than a number.
    """

    left: int = 0
    computed: int = 0


def is_reserve(section: Section) -> bool:
    """Whether a section is there for stack or heap alone, by its name."""
    return section.nobits and RESERVE_NAME.search(section.name) is not None


def remainders(image: Image, memory: MemoryMap, stretched: Mapping[str, Stretch] | None = None) -> dict[int, int]:
    """Bytes by the index of a reserve that it has only because they are left.

    Without `stretched`, which is the map's, it is the reserves that fill a known memory from the last data to its
    end, or to the stack at its end: a script that gives that no section gives its top and size as symbols. With it,
    of those that fill a memory the one of the largest computed size, where the map tells of none.
    """
    fillings = list(_filling(image, memory))
    if stretched is None:
        return {section.index: section.size for run in fillings for section in run}
    reserves = {section.index: section for section in _placed(image) if is_reserve(section)}
    moved = {index: stretched.get(section.name, Stretch()) for index, section in reserves.items()}
    found = {index: min(moved[index].left, section.size) for index, section in reserves.items()}
    for run in fillings:
        largest = max(run, key=lambda section: moved[section.index].computed)
        if not any(found[section.index] for section in run):
            found[largest.index] = min(moved[largest.index].computed, largest.size)
    return {index: size for index, size in found.items() if size}


def _filling(image: Image, memory: MemoryMap) -> Iterator[list[Section]]:
    """Reserves that lie behind one another from the last data of a memory to its end."""
    for region in memory.known:
        run = list[Section]()
        inside = [section for section in _placed(image) if region.start <= section.address < region.end]
        stacked = sorted(inside, key=lambda section: -section.address)
        end = _stack_at_the_end(image, region, stacked)
        for section in stacked:
            if abs(end - section.address - section.size) >= _ALIGNMENT:
                break
            if not is_reserve(section):
                if run:
                    yield run
                break
            run.append(section)
            end = section.address


def _stack_at_the_end(image: Image, region: Region, sections: Sequence[Section]) -> int:
    """Where the stack begins that the last of `sections` adjoins, else the end of the region."""
    sizes = {value for name, value in image.absolute.items() if _STACK.search(name)}
    tops = sizes | {symbol.address for symbol in image.symbols if _STACK.search(symbol.name)}
    if region.end not in tops or not sections:
        return region.end
    last = sections[0].address + sections[0].size
    return last if region.end - last in sizes else region.end


def _placed(image: Image) -> list[Section]:
    return [section for section in image.sections if section.allocated and section.size]
