"""Whether a .tflite file computes in int8, by the standard library alone: the build knows it without a process."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from pathlib import Path

from ..files import read_head

# schema.fbs: fields by their number in the table, and TensorType.INT8 and INT16.
_MODEL_SUBGRAPHS, _MODEL_BUFFERS = 2, 4
_SUBGRAPH_TENSORS = 0
_TENSOR_TYPE, _TENSOR_BUFFER = 1, 2
_BUFFER_DATA = 0
_INTEGERS = (9, 7)


def computes_int8(path: Path) -> bool:
    """Whether any tensor but a constant is int8, or int16. True for a damaged file too: `generate`
    says what is wrong with it.

    Other files (float, also with int8 weights) are for `quantize`. What is int8 in part, `generate` refuses.
    """
    try:
        return read_head(path, 8)[4:] != b"TFL3" or any(_int8_activations(path.read_bytes()))
    except (OSError, struct.error, IndexError):
        return True


def computes_float(path: Path) -> bool:
    """Whether a file that `computes_int8` says no of has no int8 constant either: it is no hybrid model."""
    data = path.read_bytes()
    return not any(kind in _INTEGERS for kind in _types(data))


def _types(data: bytes) -> Iterator[int]:
    """Of each tensor of the first subgraph."""
    model = struct.unpack_from("<I", data)[0]
    for subgraph in itertools.islice(_tables(data, _field(data, model, _MODEL_SUBGRAPHS)), 1):
        for tensor in _tables(data, _field(data, subgraph, _SUBGRAPH_TENSORS)):
            kind = _field(data, tensor, _TENSOR_TYPE)
            yield data[kind] if kind is not None else 0


def _int8_activations(data: bytes) -> Iterator[bool]:
    """For each tensor of the first subgraph."""
    model = struct.unpack_from("<I", data)[0]
    buffers = _field(data, model, _MODEL_BUFFERS)
    for subgraph in itertools.islice(_tables(data, _field(data, model, _MODEL_SUBGRAPHS)), 1):
        for tensor in _tables(data, _field(data, subgraph, _SUBGRAPH_TENSORS)):
            kind = _field(data, tensor, _TENSOR_TYPE)
            yield kind is not None and data[kind] in _INTEGERS and not _holds_data(data, buffers, tensor)


def _holds_data(data: bytes, buffers: int | None, tensor: int) -> bool:
    number = _field(data, tensor, _TENSOR_BUFFER)
    index = struct.unpack_from("<I", data, number)[0] if number is not None else 0
    buffer = next(_tables(data, buffers, index), None)
    contents = _field(data, buffer, _BUFFER_DATA) if buffer is not None else None
    return contents is not None and struct.unpack_from("<I", data, _target(data, contents))[0] > 0


def _tables(data: bytes, vector: int | None, first: int = 0) -> Iterator[int]:
    """Where the tables of a vector begin, from number `first` on; `vector` is where the field lies."""
    if vector is None:
        return
    start = _target(data, vector)
    for index in range(first, struct.unpack_from("<I", data, start)[0]):
        yield _target(data, start + 4 + 4 * index)


def _target(data: bytes, place: int) -> int:
    """Where the offset at `place` leads."""
    return place + int(struct.unpack_from("<I", data, place)[0])


def _field(data: bytes, table: int, number: int) -> int | None:
    """Where a field of a table lies; None where it has its default."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    if vtable < 0:
        raise struct.error("a vtable before the file")
    entry = 4 + 2 * number
    size = struct.unpack_from("<H", data, vtable)[0]
    offset = struct.unpack_from("<H", data, vtable + entry)[0] if entry + 2 <= size else 0
    return table + offset if offset else None
