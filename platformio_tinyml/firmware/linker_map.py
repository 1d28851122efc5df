"""The map file that GNU ld writes even when a region overflows and no ELF is made -> Image and the linker's regions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ..errors import SetupError
from .image import Image, Section, Symbol
from .memory import MemoryMap, Region, memory_of

_REGION = re.compile(r"(\S+) +0x([0-9a-f]+) +0x([0-9a-f]+)(?: +([!xrwail ]+))?")
_PLACE = r" +0x([0-9a-f]+) +0x([0-9a-f]+)"
_OUTPUT = re.compile(rf"(\S+)(?:{_PLACE}(?: load address 0x([0-9a-f]+))?)?")
_INPUT = re.compile(rf" ([^\s*]\S*)(?:{_PLACE} (.+))?")
_WRAPPED = re.compile(rf"{_PLACE}(?: load address 0x([0-9a-f]+)| (.+))?")
_SYMBOL = re.compile(r" {16}0x([0-9a-f]+) {8,}([A-Za-z_.$][\w.$]*)")
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


@dataclass(frozen=True, slots=True)
class LinkRegion:
    """A region of the linker script; `used` counts from its start to the last byte placed in it, beyond its end too."""

    region: Region
    used: int

    @property
    def overflow(self) -> int:
        """Bytes that do not fit: what ld says in `region RAM overflowed by N bytes`."""
        return max(self.used - self.region.size, 0)


@dataclass(frozen=True, slots=True)
class FailedLink:
    """What a link that did not fit would have been."""

    image: Image
    regions: tuple[LinkRegion, ...]
    memory: MemoryMap


@dataclass(slots=True)
class _Output:
    name: str
    address: int = 0
    size: int = 0
    load_address: int | None = None
    inputs: list[tuple[str, int, int, str]] = field(default_factory=list)
    symbols: list[tuple[int, str]] = field(default_factory=list)


def read_map(path: Path, mcu: str = "") -> FailedLink:
    """Read a GNU ld map. Symbols are the map's; what it does not name is called after its object file.

    Raises SetupError where `path` is no such map.
    """
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        raise SetupError(f"cannot read {path}: {error.strerror}", "link with -Wl,-Map=FILE", code="map") from error
    head, found, body = text.partition("\nLinker script and memory map\n")
    if not found:
        raise SetupError(f"{path} is not a map of GNU ld", "link with -Wl,-Map=FILE", code="map")
    outputs = [output for output in _outputs(body) if output.size and not output.name.startswith(_NOT_LOADED)]
    format_name = _FORMAT.search(body)
    machine = format_name.group(1) if format_name else ""
    sections = tuple(_section(index, output) for index, output in enumerate(outputs, 1))
    symbols = tuple(symbol for index, output in enumerate(outputs, 1) for symbol in _symbols(index, output))
    image = Image(machine, 32, "", 0, sections, (), symbols)
    regions = tuple(_used(list(_regions(head, memory_of(image, mcu).known)), sections))
    stretched = tuple(replace(row.region, size=max(row.region.size, row.used)) for row in regions)
    return FailedLink(image, regions, MemoryMap(stretched, (), stored_all=False, origin="the linker's map"))


def _regions(head: str, known: tuple[Region, ...]) -> Iterator[Region]:
    for line in head.partition("\nMemory Configuration\n")[2].splitlines():
        match = _REGION.fullmatch(line.rstrip())
        if match is None or match.group(1) == "*default*":
            continue
        name, start, size = match.group(1), int(match.group(2), 16), int(match.group(3), 16)
        chip = next((region for region in known if region.holds(start)), None)
        writable = "w" in (match.group(4) or "").partition("!")[0]
        yield Region(name, chip.kind if chip else "ram" if writable else "flash", start, size)


def _used(regions: list[Region], sections: tuple[Section, ...]) -> Iterator[LinkRegion]:
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
    return (LinkRegion(region, ends[region.start]) for region in regions)


def _outputs(body: str) -> Iterator[_Output]:
    current: _Output | None = None
    wrapped = ""  # a name too long for its column: its numbers stand on the next line
    for line in body.splitlines():
        if wrapped:
            match = _WRAPPED.fullmatch(line.rstrip())
            if match and current is not None:
                address, size, load, source = match.groups()
                if wrapped == current.name and not current.inputs and source is None:
                    _place(current, address, size, load)
                elif source is not None:
                    current.inputs.append((wrapped, int(address, 16), int(size, 16), source))
            wrapped = ""
            if match:
                continue
        if line[:1] not in ("", " "):
            match = _OUTPUT.fullmatch(line.rstrip())
            if match is None:
                continue
            if current is not None:
                yield current
            name, address, size, load = match.groups()
            current = _Output(name)
            if address is None:
                wrapped = name
            else:
                _place(current, address, size, load)
        elif current is not None and (match := _INPUT.fullmatch(line.rstrip())):
            name, address, size, source = match.groups()
            if address is None:
                wrapped = name
            else:
                current.inputs.append((name, int(address, 16), int(size, 16), source))
        elif current is not None and (match := _SYMBOL.fullmatch(line.rstrip())):
            current.symbols.append((int(match.group(1), 16), match.group(2)))
    if current is not None:
        yield current


def _place(output: _Output, address: str, size: str, load: str | None) -> None:
    output.address, output.size = int(address, 16), int(size, 16)
    output.load_address = int(load, 16) if load else None


def _section(index: int, output: _Output) -> Section:
    filled = [name for name, _, size, _ in output.inputs if size]
    # A map does not say which sections are only zeroed; their inputs, or having none (a reservation), do.
    nobits = all(name.startswith(_ZEROED) for name in filled)
    load_address = output.address if output.load_address is None else output.load_address
    return Section(index, output.name, output.address, load_address, output.size, 1, True, True, False, nobits)


def _symbols(index: int, output: _Output) -> Iterator[Symbol]:
    """Named bytes: an input section split at the global symbols that the map lists in it."""
    for name, start, size, source in output.inputs:
        if not size:
            continue
        inside = sorted({(at, symbol) for at, symbol in output.symbols if start <= at < start + size})
        if not inside or inside[0][0] > start:
            inside.insert(0, (start, _suffix(name) or _object_name(source)))
        ends = [at for at, _ in inside[1:]] + [start + size]
        for (at, symbol), end in zip(inside, ends, strict=True):
            yield Symbol(symbol, at, end - at, "none", "local", index)


def _suffix(section: str) -> str:
    """`kws_arena` of `.bss.kws_arena`, as -fdata-sections and -ffunction-sections name sections; else ""."""
    return next((part for part in section.split(".")[2:] if part and not _NO_NAME.fullmatch(part)), "")


def _object_name(source: str) -> str:
    """`k.o` of `build/libk.a(k.o)`."""
    member = re.search(r"\(([^()]+)\)$", source)
    return member.group(1) if member else PurePosixPath(source.replace("\\", "/")).name
