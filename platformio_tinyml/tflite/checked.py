"""Bounds-checked reading beneath the generated accessors.

The flatbuffers package for Python has no verifier: it follows any offset, also to before the start (a negative index
counts from the end) and as often as a file says. The accessors read through `_tab` alone; `checked` puts a table
there that refuses what leaves the file, and that meters the bytes handed out.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from flatbuffers import number_types
from flatbuffers.table import Table

MAX_TABLES = 65_536
"""Tables in one vector (tensors, operators): a bound on the time that a hostile file can take."""

MAX_RANK = 16
"""Dimensions of a shape: a bound on the size of their product. No operator of TFLite takes more than 8."""


COPY = "convert or download the model again, and copy it as a binary file"


class Damaged(Exception):
    """The bytes are no valid model; the text says what and where. The reader makes a ModelError of it."""

    def __init__(self, text: str, next_step: str = COPY) -> None:
        super().__init__(text)
        self.next_step = next_step

    def inside(self, where: str) -> Damaged:
        """The same, of a part of `where`."""
        return Damaged(f"{where}: {self}", self.next_step)


class Meter:
    """Limits what is read to a small multiple of the file: honest files share next to nothing between tables."""

    def __init__(self, file_size: int) -> None:
        self.left = 2 * file_size + 4096
        self.end = 0
        """Where the last of the bytes read so far ends."""

    def spend(self, size: int) -> None:
        """Count `size` bytes as read. Raises Damaged where the same bytes must have served many times."""
        self.left -= size
        if self.left < 0:
            raise Damaged("the same bytes are referred to many times over")

    def reach(self, end: int) -> None:
        """Note that the bytes up to `end` belong to the file."""
        self.end = max(self.end, end)


class CheckedTable(Table):  # type: ignore[misc]
    """A `flatbuffers.Table` whose every read is inside the file, else Damaged."""

    __slots__ = ("meter", "size", "vtable", "vtable_size")

    TABLE_COST = 32
    """Bytes that a table counts at least: the Python object made of it is not free either."""

    def __init__(self, data: bytes, position: int, meter: Meter) -> None:
        super().__init__(data, position)
        self.meter = meter
        self.vtable = position - self.Get(number_types.SOffsetTFlags, position)
        self.vtable_size = self.Get(number_types.VOffsetTFlags, self.vtable)
        self.size = self.Get(number_types.VOffsetTFlags, self.vtable + 2)
        if self.vtable_size < 4 or self.vtable + self.vtable_size > len(data):
            raise Damaged(f"the layout of the table at byte {position} leaves the file")
        if self.size < 4 or position + self.size > len(data):
            raise Damaged(f"the table at byte {position} leaves the file")
        meter.spend(max(self.size, self.TABLE_COST))
        meter.reach(max(position + self.size, self.vtable + self.vtable_size))

    def Get(self, flags: Any, off: int) -> Any:  # noqa: N802
        """The scalar at byte `off`."""
        if off < 0 or off + flags.bytewidth > len(self.Bytes):
            raise Damaged(f"an offset leads to byte {off} of {len(self.Bytes)}")
        return super().Get(flags, off)

    def Offset(self, vtableOffset: int) -> int:  # noqa: N802, N803
        """Where in the table a field is; 0 where it is absent."""
        if vtableOffset >= self.vtable_size:
            return 0
        field: int = self.Get(number_types.VOffsetTFlags, self.vtable + vtableOffset)
        if field and not 4 <= field < self.size:
            raise Damaged(f"a field of the table at byte {self.Pos} lies outside of it")
        return field

    def Indirect(self, off: int) -> int:  # noqa: N802
        """The position that the offset at byte `off` leads to."""
        position: int = off + self.Get(number_types.UOffsetTFlags, off)
        if position >= len(self.Bytes):
            raise Damaged(f"an offset leads to byte {position} of {len(self.Bytes)}")
        return position

    def String(self, off: int) -> bytes:  # noqa: N802
        """The bytes of the string whose offset is at byte `off`."""
        start, length = self._vector(off, 1)
        self.meter.spend(length)
        return bytes(self.Bytes[start : start + length])

    def VectorLen(self, off: int) -> int:  # noqa: N802
        """The number of elements of the vector field at `off` in the table, of at least 1 byte each."""
        return self._vector(self.Pos + off, 1)[1]

    def GetVectorAsNumpy(self, flags: Any, off: int) -> bytes | tuple[Any, ...]:  # noqa: N802
        """What the accessors' `...AsNumpy()` return here, numpy being absent: bytes for [ubyte], else a tuple."""
        start, length = self._vector(self.Pos + off, flags.bytewidth)
        self.meter.spend(length * flags.bytewidth)
        if flags is number_types.Uint8Flags:
            return bytes(self.Bytes[start : start + length])
        return struct.unpack_from(f"<{length}{flags.packer_type.format[-1]}", self.Bytes, start)

    def _vector(self, off: int, item_size: int) -> tuple[int, int]:
        """(position of the first element, number of elements) of the vector whose offset is at byte `off`."""
        start = self.Indirect(off)
        length: int = self.Get(number_types.UOffsetTFlags, start)
        if start + 4 + length * item_size > len(self.Bytes):
            raise Damaged(f"a vector of {length} elements at byte {start} leaves the file")
        self.meter.reach(start + 4 + length * item_size)
        return start + 4, length


def checked(accessor: Any, meter: Meter) -> Any:
    """The accessor (of any class of `tflite`) with checked access to its table."""
    accessor._tab = CheckedTable(accessor._tab.Bytes, accessor._tab.Pos, meter)
    return accessor


def checked_items(length: int, item: Callable[[int], Any], meter: Meter) -> Iterator[Any]:
    """The checked accessors of a vector of tables."""
    if length > MAX_TABLES:
        raise Damaged(f"a list of {length} tables: at most {MAX_TABLES} are read")
    return (checked(item(position), meter) for position in range(length))


def text(string: bytes | None) -> str:
    """A string of the file. Bytes that are not UTF-8 become escapes: no runtime looks at them, so they do no harm."""
    return (string or b"").decode("utf-8", "backslashreplace")
