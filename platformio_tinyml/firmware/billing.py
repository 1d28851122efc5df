"""Whose each byte of a section is. One rule, as in bloaty: a byte has exactly one entry."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping

from .attribution import APPLICATION, file_owner, owner_of
from .footprint import RESERVED, UNATTRIBUTED, SectionSize, SizeEntry
from .gaps import UNUSABLE
from .image import InputSection, Section, Symbol
from .reserves import is_reserve


def bill(
    section: Section,
    size: SectionSize,
    symbols: list[Symbol],
    files: list[tuple[int, str]],
    owners: Mapping[str, str],
) -> Iterator[SizeEntry]:
    """One per symbol, billed to who owns the file that it begins in, and one per owner of what no symbol names."""

    def entry(owner: str, symbol: str, start: int, length: int) -> SizeEntry:
        flash, ram, other = (length if taken else 0 for taken in (size.flash, size.ram, size.other))
        return SizeEntry(owner, section.name, symbol, flash, ram, address=start, other=other)

    if not size.flash and not size.ram and not size.other:
        return
    reserved = RESERVED if is_reserve(section) else ""
    starts = [start for start, _ in files]
    nameless: dict[str, tuple[int, int]] = {}  # owner -> where its first such byte is, how many

    def nameless_bytes(start: int, stop: int) -> None:
        while start < stop:
            index = bisect_right(starts, start)
            end = min(starts[index], stop) if index < len(starts) else stop
            file = files[index - 1][1]
            owner = reserved or (file_owner(file, owners) or APPLICATION if file else UNATTRIBUTED)
            first, length = nameless.get(owner, (start, 0))
            nameless[owner] = first, length + end - start
            start = end

    at = section.address
    for symbol, start, length in _pieces(section, symbols, owners):
        nameless_bytes(at, start)
        file = files[bisect_right(starts, start) - 1][1]
        yield entry(owner_of(symbol.name, file, owners), symbol.name, start, length)
        at = start + length
    nameless_bytes(at, section.address + section.size)
    for owner, (start, length) in nameless.items():
        yield entry(owner, "", start, length)


def stretches(section: Section, inputs: list[InputSection]) -> list[tuple[int, str]]:
    """(start, file) of each stretch of a section, "" where no file is known; the first begins where the section does.

    Padding goes to the file before whose bytes it stands, the last to the last file. A gap too long for padding is the
    linker script's own doing.
    """
    at, end = section.address, section.address + section.size
    padding = max(section.alignment, UNUSABLE)
    files: list[tuple[int, str]] = []
    for item in sorted(inputs, key=lambda item: item.start):
        start, stop = max(item.start, at), min(item.start + item.size, end)
        if start >= stop:
            continue
        if at < start:
            files.append((at, item.file if start - at < padding else ""))
        files.append((start, item.file))
        at = stop
    if at < end:
        files.append((at, files[-1][1] if files and end - at < padding else ""))
    return files


def _pieces(section: Section, symbols: list[Symbol], owners: Mapping[str, str]) -> Iterator[tuple[Symbol, int, int]]:
    """(symbol, start, length) without overlap: of aliases the best name, and a symbol ends where the next begins."""

    def preference(symbol: Symbol) -> tuple[int, bool, bool, int, str]:
        known = symbol.name.partition(".")[0] in owners
        return symbol.address, not known, symbol.binding != "global", -symbol.size, symbol.name

    end_of_section = section.address + section.size
    distinct: dict[int, Symbol] = {}
    for symbol in sorted(symbols, key=preference):
        if section.address <= symbol.address < end_of_section:
            distinct.setdefault(symbol.address, symbol)
    starts = [*distinct, end_of_section]
    for symbol, next_start in zip(distinct.values(), starts[1:], strict=True):
        yield symbol, symbol.address, min(symbol.size, next_start - symbol.address)
