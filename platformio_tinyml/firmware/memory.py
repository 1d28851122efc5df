"""Where flash and RAM are: known memories of a chip family (regions/*.json), else what the ELF itself shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..sizes import parse_size
from .image import Image, Section

_HOSTS = ("x86-64", "x86", "aarch64")


@dataclass(frozen=True, slots=True)
class Region:
    """A range of addresses. `kind` is flash, ram, or other (EEPROM, fuses: counted as neither)."""

    name: str
    kind: str
    start: int
    size: int

    def holds(self, address: int) -> bool:
        """Whether the region has a byte at `address`."""
        return self.start <= address < self.start + self.size


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """`known` are a chip's memories, the first of kind ram its main one; `inferred` ranges are guessed from the ELF.

    `stored_all`: a boot loader or an operating system puts every initial value in its place, so that all contents
    take flash whatever their load address. `origin` says in a few words where this comes from.
    """

    known: tuple[Region, ...]
    inferred: tuple[Region, ...]
    stored_all: bool
    origin: str

    def find(self, address: int) -> Region | None:
        """The region that `address` lies in."""
        return next((region for region in self.known + self.inferred if region.holds(address)), None)

    def extra_ram(self) -> tuple[Region, ...]:
        """Memories beside the main RAM (CCM, IRAM), which a board's RAM limit does not count."""
        return tuple(region for region in self.known if region.kind == "ram")[1:]


def memory_of(image: Image, mcu: str = "") -> MemoryMap:
    """The memories of `mcu` (as a board file names it), or of the chip that the ELF names, or inferred from the ELF.

    Sections outside of a known chip's memories get inferred regions too: no byte is lost.
    """
    chip = _chip(mcu) or _chip(image.cpu) or _chip(image.machine)
    if chip is not None:
        known = tuple(
            Region(row["name"], row["kind"], int(row["start"], 16), parse_size(row["size"], None))
            for row in chip["regions"]
        )
        outside = [s for s in _placed(image) if not any(region.holds(s.address) for region in known)]
        inferred = tuple(_inferred(outside, host=False))
        origin = chip["name"] + (" and the ELF's own addresses" if inferred else "")
        return MemoryMap(known, inferred, chip.get("stored") == "all", origin)
    host = image.machine in _HOSTS
    origin = "this computer, not a board" if host else "the ELF's own addresses, chip unknown"
    return MemoryMap((), tuple(_inferred(_placed(image), host)), host, origin)


def _placed(image: Image) -> list[Section]:
    return [section for section in image.sections if section.allocated and section.size]


def _chip(mcu: str) -> dict[str, Any] | None:
    """The data file whose name is the longest beginning of `mcu`, or all of it where the file says `exact`."""
    mcu = mcu.lower()
    files = (path for path in (Path(__file__).parent / "regions").glob("*.json") if mcu.startswith(path.stem))
    for path in sorted(files, key=lambda path: -len(path.stem)):
        chip: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if mcu == path.stem or not chip.get("exact"):
            return {**chip, "name": path.stem}
    return None


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
        yield Region(f"{span.kind} at {span.start:#x}", span.kind, span.start, span.end - span.start)
