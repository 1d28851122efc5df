"""Files with a few fields changed: each edit is of a scalar, an offset or a length that the reader looks at.

Where these lie is not said by a schema of our own: a reading of the seed notes every place that it takes a number from.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from platformio_tinyml.tflite import checked, read_model
from platformio_tinyml.tflite.metadata import read_offline_plan

ELEMENTS = 24
"""Of a vector that are worth an edit; weights are long, and one is like the other."""
INTEGERS = (0, 1, 2, 3, 4, 5, 7, 9, 127, 128, 255, 256, 32767, 65536, 2**30, 2**31 - 1, 2**40, 2**62)
FLOATS = (
    0.0,
    -1.0,
    1e-45,
    1e-38,
    1e-9,
    0.003921569,
    0.5,
    1.0,
    1.5,
    2.0,
    65536.0,
    1e9,
    3e38,
    float("inf"),
    float("nan"),
)


@dataclass(frozen=True)
class Field:
    """A number of the file: where, of how many bytes, and its form for `struct`."""

    place: int
    form: str

    def read(self, data: bytes | bytearray) -> Any:
        return struct.unpack_from(f"<{self.form}", data, self.place)[0]

    def write(self, data: bytearray, value: Any) -> None:
        width = 8 * struct.calcsize(self.form)
        if self.form not in "fd":
            value = int(value) & ((1 << width) - 1)
            struct.pack_into(f"<{self.form.upper()}", data, self.place, value)
        else:
            struct.pack_into(f"<{self.form}", data, self.place, value)


class Seed:
    """A sound file and the fields that its reading looked at, the same form together."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fields: dict[str, list[Field]] = {}
        seen: set[Field] = set()

        def note(flags: Any, place: int) -> None:
            form = flags.packer_type.format[-1]
            field = Field(place, "B" if form == "?" else form)
            if 0 <= place <= len(data) - struct.calcsize(form) and field not in seen:
                seen.add(field)
                self.fields.setdefault(f"{form}{flags.__name__}", []).append(field)

        with _Noted(note):
            read_model(data, "seed")
            read_offline_plan(data)
        self.kinds = sorted(self.fields)

    def mutant(self, numbers: random.Random) -> bytes:
        """The file with one to three edits; now and then with a piece cut out."""
        data = bytearray(self.data)
        for _ in range(numbers.choice((1, 1, 2, 3))):
            self._edit(data, numbers)
        if numbers.random() < 0.05:
            start = numbers.randrange(len(data))
            del data[start : start + numbers.choice((1, 4, 83, numbers.randrange(1, len(data))))]
        return bytes(data)

    def _edit(self, data: bytearray, numbers: random.Random) -> None:
        kind = numbers.choice(self.kinds)
        alike = self.fields[kind]
        field, other = numbers.choice(alike), numbers.choice(alike)
        old = field.read(self.data)
        if field.form in "fd":
            field.write(data, numbers.choice((*FLOATS, other.read(self.data), old * 2, -old)))
        elif "Offset" in kind and numbers.random() < 0.5:  # to where another one leads
            field.write(data, other.place + other.read(self.data) - field.place)
        else:
            near = (old - 1, old + 1, -old, other.read(self.data), other.read(self.data))
            far = numbers.choice(INTEGERS) * numbers.choice((1, 1, 1, -1))
            field.write(data, numbers.choice((*near, far, far, numbers.randrange(-300, 300))))


class _Noted:
    """While it lasts, `note(flags, place)` hears of every number that a CheckedTable reads."""

    def __init__(self, note: Callable[[Any, int], None]) -> None:
        self._note = note
        self._kept = checked.CheckedTable.Get, checked.CheckedTable.GetVectorAsNumpy

    def __enter__(self) -> None:
        get, vector = self._kept
        note = self._note

        def noted_get(table: Any, flags: Any, off: int) -> Any:
            note(flags, off)
            return get(table, flags, off)

        def noted_vector(table: Any, flags: Any, off: int) -> Any:
            start, length = table._vector(table.Pos + off, flags.bytewidth)
            for index in range(min(length, ELEMENTS)):
                note(flags, start + index * flags.bytewidth)
            return vector(table, flags, off)

        checked.CheckedTable.Get, checked.CheckedTable.GetVectorAsNumpy = noted_get, noted_vector

    def __exit__(self, *_: object) -> None:
        checked.CheckedTable.Get, checked.CheckedTable.GetVectorAsNumpy = self._kept
