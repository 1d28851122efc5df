"""Where flash and RAM are: known memories of a chip, those of the link's own map, else what the ELF itself shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .chips import Chip, Region, find_chip
from .image import Image, Section

_HOSTS = ("x86-64", "x86", "aarch64")
_MAP = "linker map"


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """`known` are memories of the chip and of the link; `inferred` ranges are guessed from the ELF.

    `stored_all`: a boot loader or an operating system puts every initial value in its place, so that all contents
    take flash whatever their load address. `origin` says in a few words where this comes from. `sections` as in Chip.
    """

    known: tuple[Region, ...]
    inferred: tuple[Region, ...]
    stored_all: bool
    origin: str
    sections: tuple[tuple[str, str], ...] = ()

    def find(self, address: int) -> Region | None:
        """The region that `address` lies in."""
        return next((region for region in self.known + self.inferred if region.holds(address)), None)

    def runs_in(self, section: Section) -> Region | None:
        """The region that a section occupies when the program runs; None also where its bytes are others' mirrored."""
        misleading = dict(self.sections)
        if section.name in misleading:
            return next((region for region in self.known if region.name == misleading[section.name]), None)
        return self.find(section.address)

    def beside(self, kind: str) -> tuple[Region, ...]:
        """Memories beside the main one of a kind (CCM, external flash), which the board's limit does not count."""
        return tuple(region for region in self.known if region.kind == kind and region.beside)


@dataclass(frozen=True, slots=True)
class ScriptRegion:
    """A region of the linker script, as the map's Memory Configuration lists it; `attributes` "" where none are."""

    name: str
    start: int
    size: int
    attributes: str


@dataclass(frozen=True, slots=True)
class RegionUse:
    """`used` counts from a region's start to the last byte placed in it, beyond its end too."""

    region: Region
    used: int

    @property
    def overflow(self) -> int:
        """Bytes that do not fit: what ld says in `region RAM overflowed by N bytes`."""
        return max(self.used - self.region.size, 0)


def memory_of(image: Image, mcu: str = "", script: Sequence[ScriptRegion] = ()) -> MemoryMap:
    """The memories of `mcu` (as a board file names it) or of the chip that the ELF names, and of the linker `script`.

    The chip says of what kind an address is and what is there at most, the script how much of it the link had, and
    memories that the chip's file does not know. Sections outside of all of them get inferred regions: no byte is lost.
    """
    chip = find_chip(mcu) or find_chip(image.cpu) or find_chip(image.machine)
    known = tuple(_known(image, chip, [region for region in script if 0 < region.size <= _LARGEST]))
    outside = list(_outside(image, known))
    if not known:
        host = image.machine in _HOSTS
        origin = "this computer, not a board" if host else "the ELF's own addresses, chip unknown"
        return MemoryMap((), tuple(_inferred(outside, host)), host, origin)
    inferred = tuple(_inferred(outside, host=False))
    names = [chip.name if chip else "", _MAP if any(_MAP in region.origin for region in known) else ""]
    origin = ", ".join(filter(None, names)) + (" and the ELF's own addresses" if inferred else "")
    stored_all, sections = (chip.stored_all, chip.sections) if chip else (False, ())
    return MemoryMap(known, inferred, stored_all, origin, sections)


_LARGEST = 1 << 30
"""A region of more bytes names an address space, not a memory."""


def _known(image: Image, chip: Chip | None, script: list[ScriptRegion]) -> Iterator[Region]:
    placed: set[int] = set()
    for region in chip.regions if chip else ():
        inside = [each for each in script if region.holds(each.start) and each.start not in placed]
        placed.update(each.start for each in inside)
        if not inside:
            yield region
        for each in inside:
            name = region.name if len(inside) == 1 else each.name
            size = min(each.size, region.start + region.size - each.start)
            yield replace(
                region, name=name, start=each.start, size=size, reach=each.size, origin=f"{_MAP}, {region.origin}"
            )
    for each in script:
        if each.start not in placed:
            placed.add(each.start)
            # Where no chip's file tells which RAM the board's limit is of, it is of all.
            yield Region(each.name, _kind(each, image), each.start, each.size, beside=chip is not None, origin=_MAP)


def _kind(region: ScriptRegion, image: Image) -> str:
    """Of a region that no chip's file knows: zeroed or copied there is RAM, else what its attributes say."""
    last = region.start + region.size - 1
    for section in _placed(image):
        moved = section.nobits or section.load_address != section.address
        if moved and region.start <= section.address <= last:
            return "ram"
    holds_contents = any(region.start <= section.load_address <= last for section in _placed(image))
    writable = "w" in region.attributes.partition("!")[0]
    if holds_contents and "x" in region.attributes.partition("!")[0]:
        return "flash"
    return "ram" if writable else "flash"


def _outside(image: Image, known: Sequence[Region]) -> Iterator[Section]:
    """Sections that run, or are stored, where nothing is known."""
    for section in _placed(image):
        addresses = [section.address] if section.nobits else [section.address, section.load_address]
        if not all(any(region.holds(address) for region in known) for address in addresses):
            yield section


def _placed(image: Image) -> list[Section]:
    return [section for section in image.sections if section.allocated and section.size]


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    kind: str

    def distance(self, address: int) -> int:
        return max(self.start - address, address - self.end, 0)


def _inferred(sections: list[Section], host: bool) -> Iterator[Region]:
    """Ranges of one kind: neighbours that no address of the other kind separates are one region."""
    spans: list[_Span] = []
    unsure: list[Section] = []
    for section in sections:
        end = section.address + section.size
        if section.load_address != section.address and not section.nobits:
            spans.append(_Span(section.load_address, section.load_address + section.size, "flash"))
            spans.append(_Span(section.address, end, "ram"))
        elif section.nobits or (host and section.writable):
            spans.append(_Span(section.address, end, "ram"))
        elif section.writable:
            unsure.append(section)
        else:
            spans.append(_Span(section.address, end, "flash"))
    # .init_array and the like are flagged writable but stay in flash: they take the kind of what lies nearest.
    for section in unsure:
        nearest = min(spans, key=lambda span: (span.distance(section.address), span.kind != "ram"), default=None)
        kind = nearest.kind if nearest else "ram"
        spans.append(_Span(section.address, section.address + section.size, kind))
    merged: list[_Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if merged and merged[-1].kind == span.kind:
            merged[-1] = _Span(merged[-1].start, max(merged[-1].end, span.end), span.kind)
        else:
            merged.append(span)
    for span in merged:
        yield Region(f"{span.kind} at {span.start:#x}", span.kind, span.start, span.end - span.start, origin="ELF")
