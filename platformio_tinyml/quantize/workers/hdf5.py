"""What an HDF5 file holds beside arrays: links to other files, and arrays larger than the file may unpack to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .limits import LARGEST_MODEL, Bounds

_FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}
"""By their registered numbers: those that HDF5 and h5py hold themselves. Others are programs to be loaded."""
_NUMBERS = "fiubS"


def foreign_in(path: Path) -> Iterator[str]:
    """What of a file leads out of it, or is no array of numbers, in words. Refusal where it unpacks to too much.

    No data is read: the sizes are those that the file declares, and reading would make room for.
    """
    import h5py

    with h5py.File(path, "r") as file:
        bounds = Bounds(path.name, LARGEST_MODEL)
        pending: list[Any] = [file]
        seen = set()
        while pending:
            group = pending.pop()
            yield from _attributes(group, bounds)
            for name in group:
                link = group.get(name, getlink=True)
                if not isinstance(link, h5py.HardLink):
                    target = getattr(link, "filename", None) or getattr(link, "path", "")
                    yield f"the link {group.name}/{name} to {target}"
                    continue
                found = group[name]
                address = h5py.h5o.get_info(found.id).addr
                if address in seen:
                    continue
                seen.add(address)
                bounds.count()
                if isinstance(found, h5py.Group):
                    pending.append(found)
                elif isinstance(found, h5py.Dataset):
                    yield from _attributes(found, bounds)
                    yield from _dataset(found, bounds)
                else:
                    yield f"the type {group.name}/{name}"


def _dataset(dataset: Any, bounds: Bounds) -> Iterator[str]:
    if dataset.external:
        yield f"the array {dataset.name} in the file {dataset.external[0][0]}"
    elif dataset.is_virtual:
        yield f"the array {dataset.name} in the file {dataset.virtual_sources()[0].file_name}"
    yield from _kind(dataset.name, dataset.dtype)
    bounds.add(dataset.size or 0, dataset.dtype.itemsize)
    if dataset.chunks:
        one = Bounds(bounds.name, LARGEST_MODEL)
        one.add(1, dataset.dtype.itemsize, *dataset.chunks)
    plist = dataset.id.get_create_plist()
    for index in range(plist.get_nfilters()):
        number = plist.get_filter(index)[0]
        if number not in _FILTERS:
            yield f"the array {dataset.name}, which the program of HDF5's filter {number} unpacks"


def _attributes(found: Any, bounds: Bounds) -> Iterator[str]:
    for name in found.attrs:
        attribute = found.attrs.get_id(name)
        bounds.count()
        bounds.add(1, attribute.dtype.itemsize, *attribute.shape)
        yield from _kind(f"{found.name}@{name}", attribute.dtype)


def _kind(name: str, dtype: Any) -> Iterator[str]:
    import h5py

    if dtype.kind not in _NUMBERS and h5py.check_string_dtype(dtype) is None and h5py.check_enum_dtype(dtype) is None:
        yield f"the {dtype} {name}"
