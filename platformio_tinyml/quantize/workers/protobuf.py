"""Walk a protocol buffer by field numbers. Standard library only.

Of a field that comes once in a message, and is there several times, readers take the last: whoever holds a value
against a list looks at all of them.

Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_TAG_BITS = 32
"""Readers in C++ cut a longer tag: they would see another field than we."""


def fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """(number, content) of every length-delimited field; others are passed over. ValueError for damaged bytes."""
    position = 0
    while position < len(data):
        tag, start = _tag(data, position)
        position = _after(data, tag, start)
        if tag & 7 == _BYTES:
            yield tag >> 3, data[_varint(data, start)[1] : position]


def _after(data: memoryview, tag: int, start: int) -> int:
    """Where the field ends whose value begins at `start`."""
    wire_type = tag & 7
    if wire_type == _VARINT:
        return _varint(data, start)[1]
    if wire_type in (_FIXED64, _FIXED32):
        end = start + (8 if wire_type == _FIXED64 else 4)
    elif wire_type == _BYTES:
        size, end = _varint(data, start)
        end += size
    else:
        raise ValueError(f"wire type {wire_type}")
    if end > len(data):
        raise ValueError("a field leaves its message")
    return end


def at(data: memoryview, *path: int) -> Iterator[memoryview]:
    """The contents at a path of field numbers: all of them, in order."""
    if not path:
        yield data
        return
    for number, content in fields(data):
        if number == path[0]:
            yield from at(content, *path[1:])


def numbers(data: memoryview, number: int) -> Iterator[int]:
    """The values of a varint field, as unsigned 64-bit numbers. ValueError for damaged bytes."""
    position = 0
    while position < len(data):
        tag, start = _tag(data, position)
        if tag & 7 == _VARINT and tag >> 3 == number:
            yield _varint(data, start)[0] & (1 << 64) - 1
        position = _after(data, tag, start)


def text(data: memoryview) -> str:
    """A string field; what is not UTF-8 is replaced."""
    return bytes(data).decode("utf-8", "replace")


def _tag(data: memoryview, position: int) -> tuple[int, int]:
    tag, start = _varint(data, position)
    if tag >> _TAG_BITS or not tag >> 3:
        raise ValueError(f"a field with the tag {tag:#x}")
    return tag, start


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
