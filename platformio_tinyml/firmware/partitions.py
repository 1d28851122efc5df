"""The partition table of ESP-IDF and Arduino-ESP32 as CSV: how much an application may take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import UsageError
from ..files import read_text

_APP = ("app", "0", "0x0", "0x00")
_SUFFIXES = {"k": 1 << 10, "m": 1 << 20}
_OTA = "ota_"
_FACTORY = "factory"
_COLUMNS = 5
"""That a row has at least; flags may be left out."""


def application_limit(named: Path) -> int:
    """Bytes of the smallest partition that the application goes to: factory, or either of an update.

    `named` is the file, or `partitions.csv#ota_0`, which takes the one partition of that name or subtype: some boards
    have a boot loader in `factory`. Raises UsageError where there is none, or a size that is none.
    """
    file, found, name = named.name.rpartition("#")
    path, only = (named.with_name(file), name) if found else (named, None)
    try:
        sizes = list(_sizes(read_text(path), only))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Name the partition table, a CSV file.") from error
    except ValueError as error:
        columns = "Name, Type, SubType, Offset, Size, Flags; sizes as 0x140000, 1280K, 1M."
        raise UsageError(f"{path}: {error}", columns) from error
    if not sizes:
        what = f"called {only!a}" if only else "of subtype factory or ota_N"
        raise UsageError(f"{path} has no partition of type app {what}", "Name one: partitions.csv#ota_0.")
    return min(sizes)


def _sizes(text: str, only: str | None) -> Iterator[int]:
    for line in text.splitlines():
        fields = [field.strip() for field in line.partition("#")[0].split(",")]
        if len(fields) < _COLUMNS or fields[1].lower() not in _APP:
            continue
        name, subtype = fields[0], fields[2].lower()
        if only in (name, subtype) if only else subtype.startswith(_OTA) or subtype == _FACTORY:
            yield _size(fields[4])


def _size(text: str) -> int:
    number, factor = (text[:-1], _SUFFIXES[text[-1].lower()]) if text[-1:].lower() in _SUFFIXES else (text, 1)
    try:
        size = int(number, 0) * factor
    except ValueError:
        size = 0
    if size <= 0:
        raise ValueError(f"{text[:40]!a} is no size of a partition")
    return size
