"""What a model file would run when it is loaded, found before it is loaded; and which Keras wrote it.

Only what is on a list may be loaded: layers, functions, operators (keras_names.py, graph_operators.py), arrays that
lie in the file, of a size that a microcontroller could have. What is loaded is a copy of what was looked at.
"""

from __future__ import annotations

import json
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import archive, hdf5, onnx_file, pt2_file, saved_model
from .keras_config import code_in
from .limits import LARGEST_CONFIG, LARGEST_MODEL, Bounds
from .say import Refusal

__all__ = ["Examined", "code_in", "examine", "take_copy"]

_DAMAGES = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, EOFError, ArithmeticError,
            MemoryError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)  # fmt: skip
"""What the readers of archives, HDF5 and JSON raise for bytes that are none."""


@dataclass(frozen=True)
class Examined:
    """`code`: what would run, in words. `legacy`: written by Keras 2. `config`: of the Keras model, if it tells."""

    code: tuple[str, ...]
    legacy: bool
    config: Any = None


def take_copy(path: Path, kind: str, folder: Path) -> Path:
    """A copy of what a conversion needs of a source of `kind` (quantize/source.py), in `folder`, to be examined.

    Nobody changes it between the look and the loading; its name says its kind, as the loaders go by names. Refusal
    where it is damaged or too large.
    """
    copy = folder / "model"
    with _damage_told(path.name):
        if kind == "saved-model":
            saved_model.copy(path, copy)
            return copy
        if kind == "keras":
            archive.rebuild(path, copy.with_suffix(".keras"))
            return copy.with_suffix(".keras")
        if kind == "onnx":
            return onnx_file.copy(path, folder)
        if kind == "pt2":
            return pt2_file.rebuild(path, copy.with_suffix(".pt2"))
        Bounds(path.name, LARGEST_MODEL).add(path.stat().st_size)
        return Path(shutil.copyfile(path, copy.with_suffix(".h5" if kind == "h5" else ".tflite")))


def examine(path: Path, kind: str, name: str | None = None) -> Examined:
    """Look into a source of `kind`, which errors call `name`, without loading it. Refusal where it is damaged."""
    with _damage_told(name or path.name):
        if kind == "saved-model":
            return Examined(_distinct(saved_model.foreign_in(path)), saved_model.is_legacy(path))
        if kind == "keras":
            return _examine_keras(path)
        if kind == "h5":
            return _examine_h5(path)
        if kind == "onnx":
            return Examined(_distinct(onnx_file.foreign_in(path)), legacy=False)
        if kind == "pt2":
            return Examined(_distinct(pt2_file.foreign_in(path)), legacy=False)
    return Examined((), legacy=False)


def _examine_keras(path: Path) -> Examined:
    config, metadata = archive.read_configuration(path)
    code = list(code_in(config))
    with tempfile.TemporaryDirectory() as folder:
        weights = archive.extract_weights(path, Path(folder))
        if weights is not None:
            code += hdf5.foreign_in(weights)
    return Examined(_distinct(code), _is_legacy(metadata.get("keras_version")), config)


def _examine_h5(path: Path) -> Examined:
    import h5py

    foreign = list(hdf5.foreign_in(path))
    with h5py.File(path, "r") as file:
        text, version = file.attrs.get("model_config"), file.attrs.get("keras_version")
    if text is None:
        raise Refusal(
            "model",
            f"{path.name} has weights but no model",
            "Save the whole model: model.save('model.keras'), not save_weights.",
            "model-weights",
        )
    if len(text) > LARGEST_CONFIG:
        raise ValueError(f"its configuration has {len(text):,} bytes")
    config = json.loads(text)
    return Examined(_distinct([*code_in(config), *foreign]), _is_legacy(version), config)


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def _is_legacy(version: object) -> bool:
    """Files without a version are older than it."""
    text = version.decode("ascii", "replace") if isinstance(version, bytes) else str(version or "2")
    return text.split(".")[0] in ("1", "2")


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    """Makes a Refusal of what is raised for damaged files; `name` is the user's."""
    try:
        yield
    except _DAMAGES as error:
        raise Refusal(
            "model",
            f"{name} is damaged: {error}",
            "Save the model again, and copy it as binary files.",
            "model-damaged",
        ) from None
