"""Hashes of content: what a converted model was made of. Standard library only; the build's glue calls this."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from ..errors import UsageError
from ..model.naming import printable
from .request import Request

_TEXT = (".py", ".csv")
"""Kinds of file whose line ends a version control system may change."""


def content_hash(path: Path) -> str:
    """SHA-256 of a file, or of all files below a folder with their names; hidden files and `__pycache__` do not count.

    Of an ONNX file the weights beside it are a part (`net.onnx.data`).

    The line ends of .py and .csv files are not part of it. UsageError where `path` cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for file in _files(path):
                digest.update(f"{file.relative_to(path).as_posix()}\0".encode())
                digest.update(bytes.fromhex(_file_hash(file)))
        else:
            digest.update(bytes.fromhex(_file_hash(path)))
            weights = path.with_name(f"{path.name}.data")
            if path.suffix.lower() == ".onnx" and weights.is_file():
                digest.update(bytes.fromhex(_file_hash(weights)))
    except OSError as error:
        raise UsageError(
            f"{printable(str(path))} cannot be read: {error.strerror or error}", "Check the path and its rights."
        ) from None
    return digest.hexdigest()


def options_of(request: Request) -> dict[str, object]:
    """The options that decide the bytes or the accuracy of the result, beside source and data."""
    activations = {} if request.activations == "int8" else {"activations": request.activations}
    return {
        **activations,  # locks are older than this option
        "input_type": request.input_type,
        "data_range": list(request.data_range) if request.data_range else None,
        "allow_unsafe": request.allow_unsafe,
    }


def conversion_key(request: Request, converter: str) -> str:
    """24 hex digits of the content of source, data, evaluation data and options; `converter` names who converts.

    Paths are not in it: the same content elsewhere has the same key. A Python file counts as it stands, not with the
    files that it reads. UsageError where a path cannot be read.
    """
    paths = (request.source, request.data_path, request.evaluation)
    parts = [converter, request.data, options_of(request), *(content_hash(path) if path else None for path in paths)]
    if request.data_path:
        parts[1] = request.data_path.suffix
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield path


def _file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    if path.suffix in _TEXT:
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    else:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
