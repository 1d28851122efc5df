"""ELF files and maps altered at random, the same for the same dice; and what such a file holds, read without ours."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

EDGES = (
    0,
    1,
    4,
    0xFF,
    0x1000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    0x20000000,
    0x08000000,
    1 << 47,
    1 << 53,
    (1 << 64) - 1,
)
_LOAD, _SYMBOLS, _STRINGS = 1, 2, 3


@dataclass(frozen=True)
class Row:
    """A section's or a segment's header: kind, flags, address, load address, where in the file, bytes there, memory."""

    kind: int
    flags: int
    address: int
    load: int
    offset: int
    size: int
    memory: int


class Headers:
    """Where the fields of an ELF's headers are, as (offset, bytes), and what they say."""

    def __init__(self, elf: bytes) -> None:
        self.wide = elf[4] == 2
        self.word = 8 if self.wide else 4
        self.program, self.section = struct.unpack_from("<QQ" if self.wide else "<II", elf, 32 if self.wide else 28)
        counts = struct.unpack_from("<HHHH", elf, 54 if self.wide else 42)
        self.program_size, self.programs, self.section_size, self.sections = counts
        self.elf = elf

    def of_file(self) -> list[tuple[int, int]]:
        return [(4, 1), (5, 1), (16, 2), (18, 2), *((at, self.word) for at in range(24, 24 + 3 * self.word, self.word))]

    def of_segments(self) -> list[tuple[int, int]]:
        return list(self._fields(self.program, self.program_size, self.programs))

    def of_sections(self) -> list[tuple[int, int]]:
        return list(self._fields(self.section, self.section_size, self.sections))

    def of_symbols(self) -> list[tuple[int, int]]:
        """Of each symbol's row, in words of four bytes; the section's number by itself."""
        size = 24 if self.wide else 16
        parts = ((0, 4), (4, 1), (6, 2), (8, 8), (16, 8)) if self.wide else ((0, 4), (4, 4), (8, 4), (12, 1), (14, 2))
        table = next(row for row in self.section_rows() if row.kind == _SYMBOLS)
        rows = range(table.offset, table.offset + table.size, size)
        return [(row + at, length) for row in rows for at, length in parts]

    def names(self) -> range:
        """The bytes of all string tables, from the first to the last."""
        tables = [row for row in self.section_rows() if row.kind == _STRINGS]
        start = min(row.offset for row in tables)
        return range(start, max(row.offset + row.size for row in tables))

    def _fields(self, start: int, size: int, count: int) -> Iterator[tuple[int, int]]:
        return ((start + row * size + at, self.word) for row in range(count) for at in range(0, size, self.word))

    def contents(self) -> range:
        """Of the first segment that is loaded: code and constants."""
        large = (row for row in self.segment_rows() if row.size > 1000)
        row = next(large)
        return range(row.offset, row.offset + row.size)

    def segment_rows(self) -> list[Row]:
        """Those that are loaded."""
        rows = []
        for number in range(self.programs):
            at = self.program + number * self.program_size
            if self.wide:
                kind, flags, offset, address, load, size, memory = struct.unpack_from("<IIQQQQQ", self.elf, at)
            else:
                kind, offset, address, load, size, memory, flags = struct.unpack_from("<7I", self.elf, at)
            if kind == _LOAD:
                rows.append(Row(kind, flags, address, load, offset, size, memory))
        return rows

    def section_rows(self) -> list[Row]:
        """All; `load` is the address."""
        rows = []
        for number in range(self.sections):
            at = self.section + number * self.section_size
            fields = struct.unpack_from("<IIQQQQ" if self.wide else "<6I", self.elf, at)
            _, kind, flags, address, offset, size = fields
            rows.append(Row(kind, flags, address, address, offset, size, size))
        return rows


def _put(data: bytearray, at: int, size: int, dice: random.Random) -> None:
    old = int.from_bytes(data[at : at + size], "little")
    value = dice.choice([*EDGES, dice.getrandbits(32), old + 1, old - 1, old + 0x1000, old // 2, old ^ 1 << 28])
    data[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")


ELF_KINDS = ("byte", "file", "segments", "sections", "sections", "symbols", "names", "cut", "contents", "contents")


def altered_elf(elf: bytes, dice: random.Random) -> bytes:
    """With a few bytes, or fields of one table, changed; or cut."""
    data, headers = bytearray(elf), Headers(elf)
    kind = dice.choice(ELF_KINDS)
    if kind == "cut":
        return bytes(data[: dice.randrange(len(data))])
    if kind in ("byte", "contents", "names"):
        places = {"byte": range(len(data)), "contents": headers.contents(), "names": headers.names()}[kind]
        for _ in range(dice.choice([1, 1, 3])):
            data[dice.choice(places)] = dice.randrange(256)
        return bytes(data)
    fields = {
        "file": headers.of_file,
        "segments": headers.of_segments,
        "sections": headers.of_sections,
        "symbols": headers.of_symbols,
    }[kind]()
    for _ in range(dice.choice([1, 1, 3])):
        _put(data, *dice.choice(fields), dice)
    return bytes(data)


MAP_KINDS = ("cut", "bytes", "numbers", "lines", "doubled", "huge", "shuffled")


def altered_map(text: bytes, dice: random.Random) -> bytes:
    """With bytes, numbers or lines changed, lines doubled, one of them huge, or in another order; or cut."""
    kind = dice.choice(MAP_KINDS)
    if kind == "cut":
        return text[: dice.randrange(len(text))]
    if kind in ("bytes", "numbers"):
        data = bytearray(text)
        numbers = [match.span() for match in re.finditer(rb"(?<=0x)[0-9a-f]+", text)]
        for _ in range(10):
            if kind == "bytes":
                data[dice.randrange(len(data))] = dice.randrange(256)
            else:
                start, end = dice.choice(numbers)
                data[start:end] = f"{dice.choice(EDGES):0{end - start}x}"[-(end - start) :].encode()
        return bytes(data)
    lines = text.split(b"\n")
    at = dice.randrange(len(lines))
    if kind == "lines":
        for _ in range(10):
            lines[dice.randrange(len(lines))] = dice.choice(lines)
    elif kind == "doubled":
        end = min(at + dice.choice([1, 20, 400]), len(lines))
        lines[at:at] = lines[at:end] * dice.choice([1, 2, 100])
    elif kind == "huge":
        part = dice.choice([b" ", b"0x1 ", b"(", b"A", lines[at] or b"."])
        lines[at] = part * (dice.choice([10_000, 1_000_000]) // len(part))
    else:
        end = min(at + 50, len(lines))
        part_of = lines[at:end]
        dice.shuffle(part_of)
        lines[at:end] = part_of
    return b"\n".join(lines)


def hidden(elf: bytes) -> list[tuple[int, int]]:
    """What segments load that no section says is there: (address, bytes), of contents that are not zero alone, and of
    memory behind the last section of a segment.

    The file's own headers, which a linker may put into its first segment, and what alignment leaves are none.
    """
    headers = Headers(elf)
    loaded = [row for row in headers.section_rows() if row.flags & 2 and row.size]
    head = max(headers.program + headers.program_size * headers.programs, 64 if headers.wide else 52)
    found = []
    for segment in headers.segment_rows():
        covered = bytearray(segment.size)
        end = segment.address
        for row in loaded:
            at = row.offset - segment.offset
            if row.kind != 8 and at >= 0 and at + row.size <= segment.size:
                covered[at : at + row.size] = b"\1" * row.size
            if segment.address <= row.address < segment.address + segment.memory:
                end = max(end, row.address + row.size)
        bare = [
            at
            for at in range(segment.size)
            if not covered[at] and elf[segment.offset + at : segment.offset + at + 1] != b"\0"
        ]
        bare = [at for at in bare if segment.offset + at >= head]
        if bare:
            found.append((segment.load + bare[0], len(bare)))
        if segment.address + segment.memory - end > 64:
            found.append((end, segment.address + segment.memory - end))
    return found
