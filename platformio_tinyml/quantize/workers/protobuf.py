"""Walk a protocol buffer by field numbers. Standard library only.

Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """(number, content) of every length-delimited field; others are passed over. ValueError for damaged bytes."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        wire_type = tag & 7
        if wire_type == _VARINT:
            _, position = _varint(data, position)
        elif wire_type in (_FIXED64, _FIXED32):
            position += 8 if wire_type == _FIXED64 else 4
        elif wire_type == _BYTES:
            size, position = _varint(data, position)
            if position + size > len(data):
                raise ValueError("a field leaves its message")
            yield tag >> 3, data[position : position + size]
            position += size
        else:
            raise ValueError(f"wire type {wire_type}")


def at(data: memoryview, *path: int) -> Iterator[memoryview]:
    """The contents at a path of field numbers: all of them, in order."""
    if not path:
        yield data
        return
    for number, content in fields(data):
        if number == path[0]:
            yield from at(content, *path[1:])


def text(data: memoryview) -> str:
    """A string field; what is not UTF-8 is replaced."""
    return bytes(data).decode("utf-8", "replace")


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("a number does not end")
