"""TFLite models and arenas in a linked ELF. Anything in it may be hostile: it is read within bounds and limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import ModelError
from ..firmware.image import Image, Section, Segment, Symbol
from ..model import Model
from ..model.naming import c_identifier
from ..tflite.foreign import IDENTIFIER
from ..tflite.metadata import read_offline_plan
from ..tflite.reader import model_extent, read_model

ALIGNMENT = 16
"""What TFLM wants of a model's address: constants are used in place."""

_MAX_TRIED = 256
"""Places that look like the start of a model; a bound on the time that a hostile file takes."""

_SMALLEST_ARENA = 256
"""Bytes. A smaller object named arena is a pointer or a length."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model in memory. `symbol` is that of the object around it, "" where none is.

    `in_ram`: its bytes take RAM too, copied there at start-up. `exact`: `size` is the object's, else the least it is.
    """

    model: Model
    symbol: str
    address: int
    size: int
    exact: bool
    section: str
    in_ram: bool
    offline: tuple[int, ...]

    @property
    def aligned(self) -> bool:
        """Whether TFLM can read its constants as they lie."""
        return self.address % ALIGNMENT == 0


@dataclass(frozen=True, slots=True)
class FoundArena:
    """An object that may be a tensor arena. `named`: its name says so; else it only is large and without contents."""

    symbol: str
    address: int
    size: int
    section: str
    named: bool

    @property
    def aligned(self) -> bool:
        """Whether TFLM can use all of it."""
        return self.address % ALIGNMENT == 0


def find_models(image: Image) -> tuple[FoundModel, ...]:
    """Every place that holds the identifier and is a valid file, in order of address, each once."""
    found: list[FoundModel] = []
    tried = 0
    for segment in sorted(image.segments, key=lambda segment: segment.address):
        end = 0
        for start in _candidates(segment.data):
            if start < end or any(model.address == segment.address + start for model in found):
                continue  # inside of a model, or the same bytes in a second segment
            tried += 1
            if tried > _MAX_TRIED:
                return tuple(found)
            model = _model_at(image, segment, start)
            if model is not None:
                found.append(model)
                end = start + model.size
    return tuple(found)


def _candidates(data: bytes) -> Iterator[int]:
    """Where a flatbuffer with the identifier may begin: its root table lies behind the identifier, and in the data."""
    at = data.find(IDENTIFIER, 4)
    while at >= 0:
        root = int.from_bytes(data[at - 4 : at], "little")
        if 8 <= root < len(data) - at:
            yield at - 4
        at = data.find(IDENTIFIER, at + 1)


def _model_at(image: Image, segment: Segment, start: int) -> FoundModel | None:
    address = segment.address + start
    section = next((s for s in image.sections if s.allocated and s.address <= address < s.address + s.size), None)
    room = len(segment.data) - start
    if section is not None:
        room = min(room, section.address + section.size - address)
    rest = segment.data[start : start + room]
    size = model_extent(rest)
    if size is None:
        return None
    symbol = _holder(image, address, size)
    exact = symbol is not None and symbol.address == address and size <= symbol.size <= len(rest)
    if symbol is not None and exact:
        size = symbol.size
    data = rest[:size]
    name = plain_name(symbol.name) if symbol else "model"
    try:
        model = read_model(data, c_identifier(name))
    except ModelError:
        return None
    return FoundModel(
        model=model,
        symbol=name if symbol else "",
        address=address,
        size=size,
        exact=exact,
        section=section.name if section else "",
        in_ram=section is not None and _in_ram(section),
        offline=read_offline_plan(data),
    )


def _in_ram(section: Section) -> bool:
    """Writable, or moved at start-up (all constants on AVR)."""
    return section.writable or section.load_address != section.address


def _holder(image: Image, address: int, size: int) -> Symbol | None:
    """The smallest object around the model; else a label (of no size) where it begins."""
    around = [
        symbol
        for symbol in image.symbols
        if symbol.kind == "object" and symbol.address <= address and symbol.address + symbol.size >= address + size
    ]
    labels = [symbol for symbol in image.symbols if symbol.kind in ("object", "none") and symbol.address == address]
    return min(around, key=lambda symbol: symbol.size, default=None) or next(iter(labels), None)


def find_arenas(image: Image, at_least: int) -> tuple[FoundArena, ...]:
    """Objects named like an arena; without any, those in zeroed memory of `at_least` bytes. The largest first."""
    sections = {section.index: section for section in image.sections if section.allocated and section.writable}
    objects = {
        (symbol.address, symbol.size): symbol
        for symbol in image.symbols
        if symbol.kind == "object" and symbol.section in sections and symbol.size >= _SMALLEST_ARENA
    }.values()
    named = [symbol for symbol in objects if "arena" in plain_name(symbol.name).lower()]
    large = [symbol for symbol in objects if sections[symbol.section].nobits and symbol.size >= at_least > 0]
    found = [
        FoundArena(
            plain_name(symbol.name), symbol.address, symbol.size, sections[symbol.section].name, named=bool(named)
        )
        for symbol in named or large
    ]
    return tuple(sorted(found, key=lambda arena: (-arena.size, arena.address)))


_NESTED = re.compile(r"_Z(?:[A-Z]*)(?=\d)")


def plain_name(symbol: str) -> str:
    """`g_model` of `g_model`, `_ZL7g_model`, `_ZN12_GLOBAL__N_17g_modelE`: the last name of a C++ object."""
    start = _NESTED.match(symbol)
    if start is None:
        return symbol
    at, name = start.end(), ""
    while number := re.match(r"[1-9]\d{0,3}", symbol[at:]):
        at += number.end()
        name = symbol[at : at + int(number.group())]
        at += int(number.group())
    return name or symbol
