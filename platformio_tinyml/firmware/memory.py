"""Where flash and RAM are: known memories of a chip, those of the link's own map, else what the ELF itself shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .chips import SCRIPT, Chip, Region, find_chip
from .image import HOSTS, Image, Section


@dataclass(frozen=True, slots=True)
class ScriptRegion:
    """A region of the linker script, as the map's Memory Configuration lists it; `attributes` "" where none are."""

    name: str
    start: int
    size: int
    attributes: str

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.start + self.size

    def holds(self, address: int) -> bool:
        """Whether `address` belongs to the region."""
        return self.start <= address < self.end

    def overlap(self, region: Region) -> int:
        """Bytes that it shares with a memory."""
        return max(min(self.end, region.end) - max(self.start, region.start), 0)


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """`known` are memories of the chip and of the link; `inferred` ranges are guessed from the ELF.

    `stored_all`: a boot loader or an operating system puts every initial value in its place, so that all contents
    take flash whatever their load address. `origin` says in a few words where this comes from. `sections` as in Chip.
    `script`: the regions of the linker script, those that are no memory of `chip` too.
    """

    known: tuple[Region, ...]
    inferred: tuple[Region, ...]
    stored_all: bool
    origin: str
    sections: tuple[tuple[str, str], ...] = ()
    chip: Chip | None = None
    script: tuple[ScriptRegion, ...] = ()

    def find(self, address: int) -> Region | None:
        """The region that `address` lies in: one that is there, else one whose addresses reach so far."""
        regions = self.known + self.inferred
        there = (region for region in regions if region.start <= address < region.end)
        return next(there, None) or next((region for region in regions if region.holds(address)), None)

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
    regions = tuple(_outermost([region for region in script if 0 < region.size <= _LARGEST]))
    known = tuple(_known(image, chip, regions))
    outside = list(_outside(image, known))
    host = not known and image.machine in HOSTS
    inferred = tuple(_inferred(outside, host))
    names = [chip.name if chip else "", SCRIPT if any(region.is_of_script for region in known) else ""]
    origin = ", ".join(filter(None, names)) + (" and the ELF's own addresses" if inferred else "")
    if not known:
        origin = "this computer, not a board" if host else "the ELF's own addresses, chip unknown"
    stored_all, sections = (chip.stored_all, chip.sections) if chip else (host, ())
    found = MemoryMap(known, inferred, stored_all, origin, sections, chip, regions if known else ())
    return replace(found, stored_all=True) if _is_loaded(image, found) else found


def _is_loaded(image: Image, memory: MemoryMap) -> bool:
    """Whether it is Espressif's, of a chip that nobody named: contents of RAM that its boot loader puts there."""
    if memory.chip is not None or image.machine != "xtensa":
        return False
    stored = [section for section in image.sections if section.allocated and section.size and not section.nobits]
    homes = [memory.find(section.load_address) for section in stored]
    return any(region is not None and region.kind == "ram" for region in homes)


_LARGEST = 1 << 30
"""A region of more bytes names an address space, not a memory."""


def _outermost(script: list[ScriptRegion]) -> Iterator[ScriptRegion]:
    """Without regions that are parts of others: which of them a section was put in, nobody can tell.

    Of two names for one memory, for code and for data (ESP32-C6), the one that can be written says what it is.
    """
    kept: list[ScriptRegion] = []
    for region in sorted(script, key=lambda region: (-region.size, not _is_writable(region))):
        if not any(each.start <= region.start and region.end <= each.end for each in kept):
            kept.append(region)
    return (region for region in script if region in kept)


def _known(image: Image, chip: Chip | None, script: Sequence[ScriptRegion]) -> Iterator[Region]:
    """The chip's memories, each as the parts that the script has of it, and what the script alone knows."""
    regions = chip.regions if chip else ()
    parts: dict[ScriptRegion, Region] = {}
    for each in script:
        home = max(regions, key=each.overlap, default=None)
        if home is not None and each.overlap(home):
            parts[each] = _part(each, home, regions)
    for region in regions:
        inside = [(each, part) for each, part in parts.items() if part.name == region.name]
        for each, part in inside:
            yield part if len(inside) == 1 else replace(part, name=each.name)
        if inside:
            yield from _left_out(region, [part for _, part in inside], image)
        elif not any(part.start <= region.start and region.end <= part.end for part in parts.values()):
            yield region
    names = {region.name for region in regions}
    for each in script:
        if each not in parts:
            name = f"{each.name} at {each.start:#x}" if each.name in names else each.name
            # Where no chip's file tells which RAM the board's limit is of, it is of all; a flash counts once.
            beside = chip is not None or _is_second_address(each, image, script)
            yield Region(name, _kind(each, image, script), each.start, each.size, beside, origin=SCRIPT)


def _part(script: ScriptRegion, home: Region, regions: Sequence[Region]) -> Region:
    """What is there of a region of the script; it may go on in the memories of one kind that follow `home`."""
    start, end = max(script.start, home.start), home.end
    for following in sorted(regions, key=lambda region: region.start):
        if following.kind == home.kind and following.start == end:
            end = following.end
    origin = f"{SCRIPT}, {home.origin}"
    return replace(home, start=start, size=min(script.end, end) - start, reach=script.end - start, origin=origin)


def _left_out(region: Region, parts: Sequence[Region], image: Image) -> Iterator[Region]:
    """What the chip has of a memory outside of the script's regions, where something lies all the same."""
    edges = [
        region.start,
        *(edge for part in sorted(parts, key=lambda part: part.start) for edge in (part.start, part.end)),
    ]
    for start, end in zip(edges[::2], [*edges[1::2], region.end], strict=True):
        if any(start <= address < end for section in _placed(image) for address in _addresses(section)):
            yield replace(region, name=f"{region.name} at {start:#x}", start=start, size=end - start)


def _kind(region: ScriptRegion, image: Image, script: Sequence[ScriptRegion]) -> str:
    """Of a region that no chip's file knows: what is copied tells it, then its attributes, then what lies there.

    What nothing is copied to goes by the flash that it adjoins, as pages for settings do whatever their attributes.
    """
    told = "flash" if _is_second_address(region, image, script) else _told_by_copies(region, image)
    if not told and any(
        region.start == each.end or region.end == each.start
        for each in script
        if each != region and _told_by_copies(each, image) == "flash"
    ):
        told = "flash"
    return told or _guessed(region, image)


def _is_writable(region: ScriptRegion) -> bool:
    return "w" in region.attributes.partition("!")[0]


def _is_second_address(region: ScriptRegion, image: Image, script: Sequence[ScriptRegion]) -> bool:
    """Whether a flash is read here that is written at the addresses of another region (ChibiOS on STM32F7).

    All that runs here lies at the same place in a region of the same size; a RAM would be written, or smaller.
    """
    here = [section for section in _placed(image) if region.holds(section.address)]
    return not _is_writable(region) and any(
        here and each.size == region.size and all(_same_place(section, region, each) for section in here)
        for each in script
        if each != region
    )


def _same_place(section: Section, runs: ScriptRegion, lies: ScriptRegion) -> bool:
    return not section.nobits and section.address - runs.start == section.load_address - lies.start


def _told_by_copies(region: ScriptRegion, image: Image) -> str:
    """Flash is where sections are copied from, RAM where they are copied to; "" where there are none.

    Both are where RAM holds what is copied to another RAM, and where flash is read at two addresses: what is zeroed
    there tells.
    """
    placed = _placed(image)
    copied = [section for section in placed if section.load_address != section.address and not section.nobits]
    source = any(region.holds(section.load_address) and not region.holds(section.address) for section in copied)
    target = any(region.holds(section.address) and not region.holds(section.load_address) for section in copied)
    if source and target:
        return "ram" if any(region.holds(section.address) for section in placed if section.nobits) else "flash"
    return "flash" if source else "ram" if target else ""


def _guessed(region: ScriptRegion, image: Image) -> str:
    placed = _placed(image)
    attributes, _, excluded = region.attributes.partition("!")
    if attributes and ("w" not in attributes or "w" in excluded):
        return "flash"
    zeroed = [region.holds(section.address) for section in placed if section.nobits]
    if any(zeroed) and (all(zeroed) or not region.holds(image.entry)):
        return "ram"
    constant = [section for section in placed if not section.nobits and (section.executable or not section.writable)]
    contents = any(region.holds(section.address) for section in constant)
    if contents and (not attributes or "x" in attributes):
        return "flash"
    return "ram" if "w" in attributes or any(zeroed) else "flash"


def _outside(image: Image, known: Sequence[Region]) -> Iterator[Section]:
    """Sections that run, or are stored, where nothing is known."""
    for section in _placed(image):
        if not all(any(region.holds(address) for region in known) for address in _addresses(section)):
            yield section


def _placed(image: Image) -> list[Section]:
    return [section for section in image.sections if section.allocated and section.size]


def _addresses(section: Section) -> tuple[int, ...]:
    """Where it runs and where its contents lie."""
    return (section.address,) if section.nobits else (section.address, section.load_address)


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
