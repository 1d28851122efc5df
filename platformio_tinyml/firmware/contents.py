"""Contents that no image has as they were linked: in a section without any, or where others lie in flash."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from .footprint import Fault
from .image import Image, InputSection, Section
from .memory import MemoryMap

_WEIGHTS = "weights:"
_WITH_CONTENTS = re.compile(r"\.(text|rodata|data)(\.|$)")
"""Input sections of these names come with contents; of sections with other names nobody knows (`.eeprom`)."""


def lost(image: Image, owners: Mapping[str, str], inputs: Sequence[InputSection]) -> Iterator[Fault]:
    """Code, constants and initial values in sections without contents: (NOLOAD) in the linker script drops them.

    `owners` and `inputs` as `measure` takes them. A memory that is to keep what it has, or to be zeroed, is none.
    """
    for section in _placed(image):
        if section.nobits:
            what = next(_held(section, image, owners, inputs), "")
            if what:
                message = f"{section.name} holds {what}, and is without contents: no image has them"
                advice = f"take (NOLOAD) away from {section.name} in the linker script"
                yield Fault(f"contents:{section.name}", message, (advice,))


def _held(section: Section, image: Image, owners: Mapping[str, str], inputs: Iterable[InputSection]) -> Iterator[str]:
    """What a section without contents holds that has some."""
    for symbol in image.symbols:
        if symbol.section == section.index and symbol.size:
            owner = owners.get(symbol.name.partition(".")[0], "")
            if owner.startswith(_WEIGHTS):
                yield f"{symbol.name} of {owner}"
            elif symbol.kind == "function":
                yield f"the function {symbol.name}"
    for item in inputs:
        if item.section == section.name and item.size and _WITH_CONTENTS.match(item.name):
            yield f"{item.name} of {item.file}"


def altered(image: Image, tables: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    """Which of `tables` the image has with other bytes: a symbol, so many of its first bytes, their CRC-32.

    What a compiler has dropped, and what is in a section without contents, is not told of here.
    """
    places: dict[str, list[int]] = defaultdict(list)
    contents = {section.index for section in image.sections if not section.nobits}
    for symbol in image.symbols:
        if symbol.kind == "object" and symbol.section in contents:
            places[symbol.name.partition(".")[0]].append(symbol.address)
    for name, size, crc32 in tables:
        found = [
            segment.data[address - segment.address :][:size]
            for address in places[name]
            for segment in image.segments
            if segment.address <= address and address + size <= segment.address + len(segment.data)
        ]
        # Overlays have segments at the same addresses.
        if found and not any(f"{zlib.crc32(data):08x}" == crc32 for data in found):
            yield name


def taken_out(image: Image, inputs: Iterable[InputSection]) -> Iterator[Fault]:
    """Sections of code, constants or initial values that the map of the link has and the ELF has not."""
    there = {section.name for section in image.sections}
    linked = dict.fromkeys(item.section for item in inputs if _WITH_CONTENTS.match(item.name))
    for name in linked:
        if name not in there:
            advice = ("something takes it out after the link: let it write another file",)
            yield Fault(f"contents:{name}", f"{name} was linked, and is not in the ELF", advice)


def in_one_place(image: Image, memory: MemoryMap) -> Iterator[Fault]:
    """Sections whose contents lie in flash where those of another do: an image has the one or the other."""
    if memory.stored_all:
        return
    mirrored = dict(memory.sections)
    stored = [each for each in _placed(image) if not each.nobits and each.name not in mirrored]
    in_flash = [each for each in stored if (region := memory.find(each.load_address)) and region.kind == "flash"]
    for before, section in pairwise(sorted(in_flash, key=lambda each: each.load_address)):
        if section.load_address < before.load_address + before.size:
            message = (
                f"the contents of {section.name} lie at {section.load_address:#x}, where those of {before.name} do: "
                "an image has the one or the other"
            )
            advice = ("give it a place of its own, AT>FLASH in the linker script", "link without --no-check-sections")
            yield Fault(f"contents:{section.name}", message, advice)


def _placed(image: Image) -> list[Section]:
    return [section for section in image.sections if section.allocated and section.size]
