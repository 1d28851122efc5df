"""A file with new tables before it: the old bytes stay as they are, as the tail of the new ones.

Offsets of a flatbuffer lead forward, so that new tables may refer to old ones, and a new root stands for the old.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import flatbuffers

from .accessors import load_accessor
from .checked import Damaged, Meter, checked, checked_items

ALIGNMENT = 16
"""Bytes. Constants are used in place, and stay aligned by moving as one block."""

# Fields of schema.fbs `Model` by their number; all are offsets but the first.
_VERSION, BUFFERS, _FIELDS = 0, 4, 8


class Prepended:
    """Of one file. Tables and vectors, old and new, are named by their distance from the end. Damaged: see `root`."""

    def __init__(self, data: bytes, room: int) -> None:
        """`room`: about how many bytes are to come."""
        self._old = data + bytes(-len(data) % ALIGNMENT)
        self.meter = Meter(len(self._old))
        self.root = checked(load_accessor("Model").GetRootAs(self._old), self.meter)
        """The old one. Damaged where it is of a newer schema, or has buffers that no table has a place for."""
        if self.root._tab.vtable_size > 4 + 2 * _FIELDS:
            raise Damaged("the file is of a newer schema")
        if any(each.Offset() > 1 for each in checked_items(self.root.BuffersLength(), self.root.Buffers, self.meter)):
            raise Damaged("its buffers lie behind the flatbuffer")
        self.builder = flatbuffers.Builder(len(self._old) + room + 4 * self.root.BuffersLength() + 1024)
        self.builder.Prep(ALIGNMENT, len(self._old))
        self._place(self._old)

    def _place(self, data: bytes) -> None:
        self.builder.head -= len(data)
        self.builder.Bytes[self.builder.head : self.builder.head + len(data)] = data

    def of(self, accessor: Any, field: int) -> int:
        """What the field number `field` of an old table leads to; 0 where it has none."""
        table = accessor._tab
        place = table.Offset(4 + 2 * field)
        return len(self._old) - table.Indirect(table.Pos + place) if place else 0

    def tables(self, accessor: Any, field: int) -> list[int]:
        """The tables of a vector of an old one."""
        table = accessor._tab
        place = table.Offset(4 + 2 * field)
        if not place:
            return []
        start = table.Indirect(table.Pos + place)
        count = table.VectorLen(place)
        return [len(self._old) - table.Indirect(start + 4 + 4 * index) for index in range(count)]

    def block(self, data: bytes) -> int:
        """A vector of bytes, aligned as constants are."""
        self.builder.StartVector(1, len(data), ALIGNMENT)
        self._place(data)
        return int(self.builder.EndVector())

    def int32s(self, values: Sequence[int]) -> int:
        """A vector of int."""
        self.builder.StartVector(4, len(values), 4)
        self._place(struct.pack(f"<{len(values)}i", *values))
        return int(self.builder.EndVector())

    def vector(self, entries: Sequence[int]) -> int:
        """A vector of tables."""
        self.builder.StartVector(4, len(entries), 4)
        for entry in reversed(entries):
            self.builder.PrependUOffsetTRelative(entry)
        return int(self.builder.EndVector())

    def table(self, offsets: Mapping[int, int], uint32s: Mapping[int, int], bytes_: Mapping[int, int]) -> int:
        """A table of fields by their numbers; an offset of 0 is left out."""
        self.builder.StartObject(1 + max((*offsets, *uint32s, *bytes_)))
        for field, offset in offsets.items():
            self.builder.PrependUOffsetTRelativeSlot(field, offset, 0)
        for field, value in uint32s.items():
            self.builder.PrependUint32Slot(field, value, 0)
        for field, value in bytes_.items():
            self.builder.PrependUint8Slot(field, value, 0)
        return int(self.builder.EndObject())

    def finished(self, changes: Mapping[int, int]) -> bytes:
        """The new file: `changes` are fields of the root, what it has beside them are the old."""
        offsets = {field: self.of(self.root, field) for field in range(_VERSION + 1, _FIELDS)}
        root = self.table({**offsets, **changes}, {_VERSION: self.root.Version()}, {})
        self.builder.Finish(root, file_identifier=b"TFL3")
        return bytes(self.builder.Output())
