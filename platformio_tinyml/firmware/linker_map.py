"""The map file of GNU ld: which object file each byte of an ELF comes from; and, as ld writes it even when a region
overflows and no ELF is made, what that link would have been."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import SetupError
from ..files import read_text
from .attribution import object_name
from .chips import Region
from .image import Image, InputSection, Section, Symbol
from .memory import MemoryMap, RegionUse, ScriptRegion, memory_of
from .reserves import Stretch

_REGION = re.compile(r"(\S+) +0x([0-9a-f]{1,16}) +0x([0-9a-f]{1,16})(?: +([!xrwail ]+))?")
_LINE = re.compile(
    r"^ {16}0x([0-9a-f]{1,16}) {8,}([A-Za-z_.$][\w.$]*)$"  # a symbol
    # The place that is reached in a section, moved.
    r"|^ {16}0x([0-9a-f]{1,16}) {8,}\. = (.*)\n \*fill\* +0x[0-9a-f]+ +0x([0-9a-f]{1,16}) ?$"
    # A section, an output one in the first column; a name too long for its column has its numbers on the next line.
    r"|^( ?)([^\s*]\S*)\n? +0x([0-9a-f]{1,16}) +0x([0-9a-f]{1,16})(?: load address 0x([0-9a-f]{1,16})| (\S.*))?$",
    re.MULTILINE,
)
_ALIGN = re.compile(r"ALIGN \(0x[0-9a-f]+\)")
_REACHED = re.compile(r"(- \(*)?(?<![\w.$])\.(?![\w.$])")
"""The place that is reached, in an expression, and whether it is taken away."""
_NAME = re.compile(r"(?<!0)[A-Za-z_]\w")
"""A symbol or a function in an expression, but for `0x`."""
_FORMAT = re.compile(r"OUTPUT\(.* elf(?:32|64)-(?:little|big)?(\w+)\)")

_NOT_LOADED = (
    ".debug",
    ".comment",
    ".stab",
    ".note.gnu.avr",
    ".gnu.attributes",
    ".ARM.attributes",
    ".riscv.attributes",
)
_ZEROED = (".bss", ".sbss", ".noinit", "COMMON")
_NO_NAME = re.compile(r"data|startup|unlikely|hot|exit|(str|cst)\d*|\d+", re.ASCII)


_LARGEST = 1 << 40
"""Bytes."""
_LAST = 1 << 48
"""Behind all addresses."""


@dataclass(frozen=True, slots=True)
class LinkMap:
    """What the map of a link that made an ELF adds to it. `stretched` as `reserves.remainders` takes it."""

    inputs: tuple[InputSection, ...]
    regions: tuple[ScriptRegion, ...]
    stretched: dict[str, Stretch]


@dataclass(frozen=True, slots=True)
class FailedLink:
    """What a link that did not fit would have been. `stretched` as `reserves.remainders` takes it."""

    image: Image
    inputs: tuple[InputSection, ...]
    regions: tuple[RegionUse, ...]
    memory: MemoryMap
    stretched: dict[str, Stretch]


@dataclass(slots=True)
class _Output:
    name: str
    address: int
    size: int
    load_address: int | None
    inputs: list[InputSection] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)
    left: int = 0
    computed: int = 0


def read_map(path: Path, mcu: str = "") -> FailedLink:
    """Read the map that GNU ld left of a link without an ELF.

    Symbols are the map's; what it does not name is called after its object file. Raises SetupError where `path` is no
    such map.
    """
    head, body = _read(path)
    outputs = [output for output in _outputs(body) if output.size and not output.name.startswith(_NOT_LOADED)]
    format_name = _FORMAT.search(body)
    machine = format_name.group(1) if format_name else ""
    sections = tuple(_section(index, output) for index, output in enumerate(outputs, 1))
    symbols = tuple(symbol for index, output in enumerate(outputs, 1) for symbol in _symbols(index, output))
    image = Image(machine, 32, "", 0, sections, (), symbols)
    script = tuple(_regions(head))
    memory = memory_of(image, mcu, script)
    # Sizes are the script's: what ld compares with.
    rows = [
        replace(region, name=row.name, start=row.start, size=row.size)
        for row in script
        if (region := memory.find(row.start)) is not None
    ]
    regions = tuple(_used(rows, sections))
    if max((size for use in regions for size in (use.used, use.region.size)), default=0) > _LARGEST or any(
        output.size > _LARGEST or output.address + output.size > _LAST for output in outputs
    ):
        raise SetupError(f"{path} has a memory of more bytes than there are", "link again", code="map")
    wide_enough = tuple(replace(row.region, size=max(row.region.size, row.used)) for row in regions)
    memory = MemoryMap(wide_enough, (), stored_all=False, origin="the linker's map")
    inputs = tuple(item for output in outputs for item in output.inputs)
    return FailedLink(image, inputs, regions, memory, _stretched(outputs))


def read_link(path: Path, image: Image) -> LinkMap:
    """What each object file put into `image`, and the script's regions, from the map of its link.

    Raises SetupError where `path` is no map of GNU ld, or of another link: the sections and the global symbols that
    both name must lie at the same addresses.
    """
    head, body = _read(path)
    outputs = _outputs(body)
    places = {(output.name, output.address, output.size) for output in outputs}
    addresses: dict[str, set[int]] = defaultdict(set)
    for output in outputs:
        for address, name in output.symbols:
            addresses[name].add(address)
    for section in image.sections:
        if section.allocated and section.size and (section.name, section.address, section.size) not in places:
            raise _other_link(path)
    for symbol in image.symbols:
        # A thread's symbols have offsets for addresses.
        comparable = symbol.size and symbol.binding == "global" and symbol.kind != "tls"
        if comparable and symbol.address not in addresses.get(symbol.name, (symbol.address,)):
            raise _other_link(path)
    inputs = tuple(item for output in outputs for item in output.inputs if item.size)
    return LinkMap(inputs, tuple(_regions(head)), _stretched(outputs))


def _stretched(outputs: Sequence[_Output]) -> dict[str, Stretch]:
    return {output.name: Stretch(output.left, output.computed) for output in outputs}


def _other_link(path: Path) -> SetupError:
    return SetupError(f"{path.name} is the map of another link", "link again", code="map")


def _read(path: Path) -> tuple[str, str]:
    """What stands before the memory map, and the memory map."""
    try:
        text = read_text(path, "replace")
    except OSError as error:
        raise SetupError(f"cannot read {path}: {error.strerror}", "link with -Wl,-Map=FILE", code="map") from error
    head, found, body = text.partition("\nLinker script and memory map\n")
    if not found:
        raise SetupError(f"{path} is not a map of GNU ld", "link with -Wl,-Map=FILE", code="map")
    return head, body


def _regions(head: str) -> Iterator[ScriptRegion]:
    for line in head.partition("\nMemory Configuration\n")[2].splitlines():
        match = _REGION.fullmatch(line.rstrip())
        if match is not None and match.group(1) != "*default*":
            name, start, size, attributes = match.groups()
            region = ScriptRegion(name, int(start, 16), int(size, 16), attributes or "")
            if region.end <= _LAST:  # others are damaged
                yield region


def _used(regions: list[Region], sections: tuple[Section, ...]) -> Iterator[RegionUse]:
    """A place beyond a region's end belongs to the region that begins last before it."""
    ends = {region.start: 0 for region in regions}

    def place(address: int, size: int) -> None:
        start = max((start for start in ends if start <= address), default=None)
        if start is not None:
            ends[start] = max(ends[start], address + size - start)

    for section in sections:
        place(section.address, section.size)
        if not section.nobits:
            place(section.load_address, section.size)
    return (RegionUse(region, ends[region.start]) for region in regions)


def _outputs(body: str) -> list[_Output]:
    outputs: list[_Output] = []
    for match in _LINE.finditer(body):
        symbol_at, symbol, moved_to, expression, filled, indent, name, address, size, load, file = match.groups()
        if moved_to is not None:
            # A value below the section is an offset into it: `. = 2K` in a stack's section gives it so many bytes.
            if outputs and int(moved_to, 16) >= outputs[-1].address:
                if _is_fixed(expression) or _is_rest(expression):
                    outputs[-1].left += int(filled, 16)
                elif _NAME.search(expression) and not _ALIGN.fullmatch(expression):
                    outputs[-1].computed += int(filled, 16)
        elif name is None:
            if outputs:
                outputs[-1].symbols.append((int(symbol_at, 16), symbol))
        elif not indent:
            outputs.append(_Output(name, int(address, 16), int(size, 16), int(load, 16) if load else None))
        elif file and outputs:
            item = InputSection(outputs[-1].name, name, int(address, 16), int(size, 16), file)
            outputs[-1].inputs.append(item)
    return outputs


def _is_fixed(expression: str) -> bool:
    """Whether an expression is of an address: not of the place that is reached, unless that is taken away again as in
    `. + (ORIGIN (RAM) + LENGTH (RAM) - .)`, nor of its next multiple."""
    taken = [bool(found.group(1)) for found in _REACHED.finditer(expression)]
    return 2 * sum(taken) == len(taken) and not _ALIGN.fullmatch(expression)


def _is_rest(expression: str) -> bool:
    """Whether it is of what a memory has, less something: `. + LENGTH (RAM) - SIZEOF (.bss)`, and no part of it."""
    return "LENGTH (" in expression and " - " in expression


def _section(index: int, output: _Output) -> Section:
    # A map does not say which sections are only zeroed; their inputs, or having none (a reservation), do.
    nobits = all(item.name.startswith(_ZEROED) for item in output.inputs if item.size)
    load_address = output.address if output.load_address is None else output.load_address
    return Section(index, output.name, output.address, load_address, output.size, 1, True, True, False, nobits)


def _symbols(index: int, output: _Output) -> Iterator[Symbol]:
    """Named bytes: an input section split at the global symbols that the map lists in it."""
    listed = sorted(set(output.symbols))
    for item in output.inputs:
        if not item.size:
            continue
        end = item.start + item.size
        inside = listed[bisect_left(listed, (item.start, "")) : bisect_left(listed, (end, ""))]
        if not inside or inside[0][0] > item.start:
            inside.insert(0, (item.start, _suffix(item.name) or object_name(item.file)))
        ends = [at for at, _ in inside[1:]] + [end]
        for (at, symbol), stop in zip(inside, ends, strict=True):
            yield Symbol(symbol, at, stop - at, "none", "local", index)


def _suffix(section: str) -> str:
    """`kws_arena` of `.bss.kws_arena`, as -fdata-sections and -ffunction-sections name sections; else ""."""
    return next((part for part in section.split(".")[2:] if part and not _NO_NAME.fullmatch(part)), "")
