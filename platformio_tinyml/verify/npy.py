"""Arrays of .npy and .npz files with the standard library: plain numbers alone, never an object that could run code.

Format: numpy/lib/format.py, versions 1 to 3.
"""

from __future__ import annotations

import ast
import io
import math
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..model.naming import printable

LARGEST = 256 << 20
"""Bytes of all arrays of a file: what unpacks to more is refused before it is unpacked."""
_LARGEST_HEADER = 64 << 10
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those of numpy. Others take memory as a file says."""
_MAGIC = b"\x93NUMPY"
_TYPES = {
    "i1": "INT8",
    "u1": "UINT8",
    "b1": "BOOL",
    "<i2": "INT16",
    "<i4": "INT32",
    "<i8": "INT64",
    "<f4": "FLOAT32",
}
"""Type of schema.fbs by numpy's name. One byte has no byte order, and `|` and `<` are written for it."""


@dataclass(frozen=True, slots=True)
class Array:
    """Row-major little-endian `data`; `type` as in schema.fbs."""

    name: str
    type: str
    shape: tuple[int, ...]
    data: bytes


class _Malformed(Exception):
    """The text says what is wrong with an array."""


def read_arrays(path: Path) -> tuple[Array, ...]:
    """The array of a .npy file, or those of a .npz file in its order. Raises UsageError for anything else."""
    try:
        if path.stat().st_size > LARGEST:
            raise _Malformed(f"has more than {LARGEST >> 20} MiB")
        data = path.read_bytes()
        return (_parse(data, ""),) if path.suffix == ".npy" else _read_zip(data)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Write the inputs there (docs/verify.md).") from error
    except _Malformed as problem:
        raise UsageError(
            f"{printable(str(path))} {problem}",
            "Write it with numpy.save or numpy.savez, numbers in row-major order (docs/verify.md).",
        ) from None


def _read_zip(data: bytes) -> tuple[Array, ...]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
                raise _Malformed("is packed otherwise than numpy does")
            if sum(entry.file_size for entry in entries) > LARGEST:
                raise _Malformed(f"unpacks to more than {LARGEST >> 20} MiB")
            if len({entry.filename for entry in entries}) != len(entries):
                raise _Malformed("has two arrays of one name")
            left, arrays = LARGEST, []
            for entry in entries:
                with archive.open(entry) as file:
                    content = file.read(left + 1)  # whatever its size is said to be
                left -= len(content)
                if left < 0:
                    raise _Malformed(f"unpacks to more than {LARGEST >> 20} MiB")
                arrays.append(_parse(content, entry.filename.removesuffix(".npy")))
            return tuple(arrays)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, ValueError) as error:
        raise _Malformed(f"is no readable .npz file: {error}") from None


def _parse(data: bytes, name: str) -> Array:
    of = f"{printable(name)}: " if name else ""
    if data[:6] != _MAGIC or len(data) < 12:
        raise _Malformed(f"is no .npy array: {of}its first bytes are others")
    size_format, start = ("<H", 10) if data[6] == 1 else ("<I", 12)
    (size,) = struct.unpack_from(size_format, data, 8)
    if data[6] not in (1, 2, 3) or size > _LARGEST_HEADER or start + size > len(data):
        raise _Malformed(f"has no readable header{f' in {of[:-2]}' if of else ''}")
    kind, shape = _parse_header(data[start : start + size], of)
    content = data[start + size :]
    item = int(kind[-1])
    if math.prod(shape) * item != len(content):
        raise _Malformed(f"holds {of}{len(content):,} bytes of data, and its shape {_shown(shape)} says another number")
    return Array(name, _TYPES[kind], shape, content)


def _parse_header(text: bytes, of: str) -> tuple[str, tuple[int, ...]]:
    """(a key of _TYPES, shape)."""
    try:
        header = ast.literal_eval(text.decode("utf-8").strip())
        described, fortran, shape = header["descr"], header["fortran_order"], header["shape"]
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError, LookupError):
        raise _Malformed(f"has a header that is none: {of}it has to say descr, fortran_order, shape") from None
    if not isinstance(described, str):
        raise _Malformed(f"has records instead of numbers{f' in {of[:-2]}' if of else ''}")
    kind = described.lstrip("|<") if described[1:] in ("i1", "u1", "b1") else described
    if "O" in kind:
        raise _Malformed(f"holds {of}Python objects (pickled), which are not read: they can run code")
    if kind not in _TYPES:
        known = ", ".join(_TYPES)
        raise _Malformed(f"holds {of}numbers of the type {printable(described, 20)}, which is none of {known}")
    if not isinstance(shape, tuple) or not all(type(each) is int and 0 <= each < 1 << 40 for each in shape):
        raise _Malformed(f"has no shape{f' in {of[:-2]}' if of else ''}")
    if fortran is not False and len(shape) > 1:
        raise _Malformed(f"is in column-major order: {of}use numpy.ascontiguousarray")
    return kind, shape


def _shown(shape: tuple[int, ...]) -> str:
    return printable(str(shape), 60)
