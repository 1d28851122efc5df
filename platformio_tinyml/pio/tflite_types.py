"""Whether a .tflite file holds int8, by the standard library alone: the build knows it without starting a process."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from pathlib import Path

# schema.fbs: Model.subgraphs, SubGraph.tensors and Tensor.type by their number in the table; TensorType.INT8.
_SUBGRAPHS, _TENSORS, _TYPE = 2, 0, 1
_INT8 = 9


def holds_int8(path: Path) -> bool:
    """Whether any tensor is int8. True for a damaged file too: `generate` says what is wrong with it.

    Files with float tensors alone are to be converted. What is int8 in part, `generate` refuses.
    """
    try:
        data = path.read_bytes()
        return any(_types(data)) or data[4:8] != b"TFL3"
    except (OSError, struct.error):
        return True


def _types(data: bytes) -> Iterator[bool]:
    """For each tensor of the first subgraph whether it is int8."""
    model = struct.unpack_from("<I", data)[0]
    for subgraph in itertools.islice(_vector(data, model, _SUBGRAPHS), 1):
        for tensor in _vector(data, subgraph, _TENSORS):
            kind = _field(data, tensor, _TYPE)
            yield kind is not None and data[kind] == _INT8


def _vector(data: bytes, table: int, number: int) -> Iterator[int]:
    """Where the tables of a vector begin."""
    field = _field(data, table, number)
    if field is None:
        return
    start = field + struct.unpack_from("<I", data, field)[0]
    for index in range(struct.unpack_from("<I", data, start)[0]):
        entry = start + 4 + 4 * index
        yield entry + struct.unpack_from("<I", data, entry)[0]


def _field(data: bytes, table: int, number: int) -> int | None:
    """Where a field of a table lies; None where it has its default."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    if vtable < 0:
        raise struct.error("a vtable before the file")
    size, entry = struct.unpack_from("<H", data, vtable)[0], 4 + 2 * number
    offset = struct.unpack_from("<H", data, vtable + entry)[0] if entry + 2 <= size else 0
    if table + offset >= len(data):
        raise struct.error("a field after the file")
    return table + offset if offset else None
