"""Basic blocks -> how many instructions of which class they hold (thumb.json, riscv.json)."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

Work = Counter[str]
"""What ran: `instructions`, exactly, and of these each class; `load_next` are loads right behind a load or a store,
`words` those of loads and stores of several registers beyond the first. `taken` are arrivals by a jump, `code` bytes of
code that ran, both in flash alone `taken_flash` and `code_flash`; `flash_lines` reads of data that the chip's buffers
do not hold, where reads were watched."""

_MEMORY = {"load", "load_next", "load_narrow", "store"}
_TABLES = {"arm": "thumb.json", "riscv": "riscv.json"}


class _Row(NamedTuple):
    mask: int
    value: int
    name: str
    words: int = 1
    named: int = 0
    counted: int = 0


def sum_of(works: Iterable[Work]) -> Work:
    """All of them together."""
    total: Work = Counter()
    for work in works:
        total.update(work)
    return total


@functools.cache
def classify(machine: str, code: bytes) -> tuple[tuple[str, int], ...]:
    """The classes of the instructions in `code`, one block of `machine` (as in firmware.Image)."""
    found: Work = Counter()
    last, position = "", 0
    while position + 1 < len(code):
        size = instruction_bytes(machine, code[position] | code[position + 1] << 8)
        name, words = _class_of(machine, code[position : position + size])
        if name == "load" and last in _MEMORY:
            name = "load_next"
        found[name] += 1
        found["words"] += words - 1
        last, position = name, position + size
        found["instructions"] += 1
    return tuple((name, count) for name, count in found.items() if count)


def instruction_bytes(machine: str, half: int) -> int:
    """2 or 4, by an instruction's first two bytes as a little-endian number."""
    is_long = half >> 11 >= 0b11101 if machine == "arm" else half & 0b11 == 0b11
    return 4 if is_long else 2


@functools.cache
def _class_of(machine: str, code: bytes) -> tuple[str, int]:
    """Class, and words that it moves; what a block ends in the middle of is alu."""
    word = int.from_bytes(code, "little")
    if machine == "arm" and len(code) == 4:
        word = word >> 16 | (word & 0xFFFF) << 16
    for row in _rows(machine, len(code)):
        if word & row.mask == row.value:
            named = (word & row.named).bit_count() if row.named else row.words
            return row.name, max(word & row.counted if row.counted else named, 1)
    return "alu", 1


@functools.cache
def _rows(machine: str, size: int) -> tuple[_Row, ...]:
    rows = json.loads((Path(__file__).parent / _TABLES[machine]).read_text("utf-8"))[str(size)]
    return tuple(_row(*row) for row in rows)


def _row(mask: str, value: str, name: str, many: dict[str, Any] | None = None) -> _Row:
    many = many or {}
    named, counted = (int(many.get(kind, "0"), 16) for kind in ("list", "count"))
    return _Row(int(mask, 16), int(value, 16), name, many.get("words", 1), named, counted)
