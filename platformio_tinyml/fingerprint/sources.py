"""Libraries as parts: the versions that they say of themselves, and digests of their sources.

A commit between two versions is another library.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..measured.fingerprint import Part
from . import components

KERNEL_FOLDERS = {"esp-nn": ("esp-nn", "esp_nn"), "cmsis-nn": ("cmsis-nn", "cmsis_nn")}
"""Kernels that come with TFLM, by the names of their folders."""

_SOURCES = (".c", ".cc", ".cpp", ".h", ".hpp", ".S", ".s", ".inc")
_VERSIONS = (
    ("idf_component.yml", re.compile(r"^version: *[\"']?([0-9][\w.+-]*)", re.MULTILINE)),
    ("library.json", re.compile(r"\"version\" *: *\"([0-9][\w.+-]*)\"")),
    ("library.properties", re.compile(r"^version=([0-9][\w.+-]*)", re.MULTILINE)),
    ("Include/arm_nnfunctions.h", re.compile(r"\$Revision: *V?\.?([0-9][\w.]*)")),
)


def library_parts(
    root: Path, sources: Iterable[Path], others: Mapping[str, Sequence[Path]], version: str | None = None
) -> Iterator[Part]:
    """TFLM's of `sources`, most of them below `root`, and those of the kernels that it comes with.

    `others` are folders of kernels elsewhere, by a name of KERNEL_FOLDERS; `version` is what is known of TFLM's.
    """
    elsewhere = {
        name: list(dict.fromkeys([*others.get(name, ()), *components.beside(root, folders)]))
        for name, folders in KERNEL_FOLDERS.items()
    }
    inside = {name: [path for folder in folders for path in files(folder)] for name, folders in elsewhere.items()}
    taken = {path for paths in inside.values() for path in paths}
    groups: dict[str | None, list[Path]] = {None: [], **{name: [] for name in KERNEL_FOLDERS}}
    for path in dict.fromkeys(sources):
        if path not in taken:
            groups[_kernels_of(path, root)].append(path)
    yield Part("tflm", version or version_of(root), digest_of_files(groups[None]))
    for name, folders in KERNEL_FOLDERS.items():
        if found := groups[name] + inside[name]:
            roots = [*elsewhere[name], *_roots(groups[name], folders)]
            yield Part(name, next(filter(None, map(version_of, roots)), None), digest_of_files(found))


def version_of(folder: Path) -> str | None:
    """What a library says of itself."""
    for name, pattern in _VERSIONS:
        path = folder / name
        found = pattern.search(path.read_text("utf-8", "replace")) if path.is_file() else None
        if found:
            return found[1]
    return components.locked_version(folder)


def files(folder: Path) -> list[Path]:
    """Sources and headers below `folder`."""
    return sorted(path for path in folder.rglob("*") if path.suffix in _SOURCES and path.is_file())


def digest_of_files(paths: Iterable[Path]) -> str:
    """By name and content; where the folder lies does not matter."""
    rows = sorted((path.name, path.read_bytes()) for path in paths if path.is_file())
    return digest_of(part for name, data in rows for part in (name.encode("utf-8", "surrogateescape"), b"\0", data))


def digest_of(parts: Iterable[bytes]) -> str:
    """12 hexadecimal digits."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:12]


def _kernels_of(path: Path, root: Path) -> str | None:
    """Whose file it is, None: TFLM's; its own wrappers are in tensorflow/lite/micro/kernels."""
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    if "kernels" in inside.parts:
        return None
    names = {part.lower() for part in inside.parts[:-1]}
    return next((name for name, folders in KERNEL_FOLDERS.items() if names.intersection(folders)), None)


def _roots(paths: Iterable[Path], folders: Iterable[str]) -> list[Path]:
    found = (parent for path in paths for parent in path.parents if parent.name.lower() in folders)
    return list(dict.fromkeys(found))
