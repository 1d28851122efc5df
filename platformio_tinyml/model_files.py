"""Which files and folders of a project are its models. Standard library only; runs inside PlatformIO."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from .c_arrays import SEPARATOR, is_c_source, may_hold_model, split_array
from .errors import UsageError
from .files import LARGEST_MODEL, read_head, size_of
from .model.naming import printable
from .options import PREFIX, option_name

MODELS = "models"
"""Folder of a project whose model is taken without being named."""
_SOURCES = "src"
"""Where sketches have their model, as a C array most often; looked at only to help who has no other."""
_ELSEWHERE = ("*.tflite", "[!.]*/*.tflite", "[!.]*/[!.]*/*.tflite")
"""Where models lie that were put beside models/: the same."""
FORMATS = (".tflite", ".keras", ".h5", ".hdf5", ".onnx", ".pt2")
"""Suffixes of models; a SavedModel is a folder, a C file may hold an array (c_arrays.py), and the first bytes of a
.tflite file tell it, whatever it is called."""
_EXPORT = "Export it: torch.export.save(torch.export.export(model.eval(), (sample,)), 'model.pt2'), and give that file."
FOREIGN = {
    ".pt": ("a PyTorch file without the network's structure", _EXPORT),
    ".pth": ("a PyTorch file without the network's structure", _EXPORT),
    ".pb": (
        "a frozen TensorFlow graph",
        "Export the model as a SavedModel (tf.saved_model.save), and give its folder.",
    ),
    ".joblib": ("a scikit-learn file", "Rebuild the model in Keras; only neural networks are converted."),
    ".pkl": ("a Python pickle", "Save the model with model.save('model.keras'), and give that file."),
}
"""Files of other frameworks by suffix: what each is, and what to do with it."""
_INT8 = ".int8"


def find_models(text: str, project: Path) -> tuple[Path, ...]:
    """The models named in `text`; else the one in models/. They may lie outside the project: several can share one.

    A value that begins in a line of its own is one model a line, whatever is in their names. A comma at the end of one
    is not of its name.
    """
    listed = text.split("\n") if "\n" in text else re.split(r",\s+", text)
    entries = [entry.strip().removesuffix(",") for entry in listed if entry.strip(" \t\r,")]
    paths = tuple(project / entry for entry in entries) or (_only_model(project / MODELS),)
    for path in paths:
        _check_model(path, project)
        _check_size(split_array(path)[0])
    return paths


def _check_size(path: Path) -> None:
    """Before anything is hashed: a build does that with every model."""
    try:
        size, head = size_of(path), b"" if path.is_dir() else read_head(path, 8)
    except OSError as error:
        raise UsageError(
            f"{printable(str(path))} cannot be read: {error.strerror}", "Check the path and its rights."
        ) from None
    if size > LARGEST_MODEL:
        is_model = path.is_dir() or head[4:] == b"TFL3" or head.startswith((b"PK", b"\x89HDF"))
        kind = "" if is_model else ", and is no model by its first bytes"
        raise UsageError(
            f"{printable(str(path))} has {size:,} bytes{kind}: a model has at most {LARGEST_MODEL:,}",
            f"Take it out of {MODELS}/, or name the models to take in {option_name('models')}.",
        )


def _only_model(folder: Path) -> Path:
    option = option_name("models")
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    models = [path for path in there if _is_model(path) and not _is_locked_form(path, there)]
    models = models or [path for path in there if _holds_array(path)]  # else it is a copy of the model beside it
    if len(models) > 1:
        names = ", ".join(f"{MODELS}/{printable(path.name)}" for path in models)
        raise UsageError(
            f"several models in {MODELS}/: {names}", f"Name those to take, with commas: {option} = {names}"
        )
    if not models:
        for path in there:
            if path.suffix.lower() in FOREIGN:
                what, next_step = FOREIGN[path.suffix.lower()]
                raise UsageError(f"{MODELS}/{printable(path.name)} is {what}, which is not taken as it is", next_step)
        sources = sorted((folder.parent / _SOURCES).glob("*"))
        found = [path for path in sources if is_tflite(path) or _holds_array(path)]
        found += [path for pattern in _ELSEWHERE for path in sorted(folder.parent.glob(pattern))]
        shown = [printable(path.relative_to(folder.parent).as_posix()) for path in found[:1]]
        name = f"write {option} = {shown[0]}" if shown else f"name it in {option}"
        raise UsageError(
            f"no model in {MODELS}/: no .tflite, .keras, .h5, .onnx or .pt2 file, no SavedModel, no C array",
            f"Put one there, {name}, or write {PREFIX} = off.",
        )
    return models[0]


def is_tflite(path: Path) -> bool:
    """By its first bytes; or by its name: who reads it says what is wrong with it."""
    try:
        return path.suffix.lower() == ".tflite" or (path.is_file() and read_head(path, 8)[4:] == b"TFL3")
    except OSError:
        return False


def _is_model(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() in FORMATS or is_tflite(path)
    return (path / "saved_model.pb").is_file()


def _holds_array(path: Path) -> bool:
    return is_c_source(path) and path.is_file() and may_hold_model(path)


def _is_locked_form(path: Path, there: Iterable[Path]) -> bool:
    """`kws.int8.tflite` beside a lock and the source that it was made of."""
    stem = model_stem(path)
    return (
        path.name == f"{stem}{_INT8}.tflite"
        and path.with_name(f"{stem}.tinyml.lock").is_file()
        and any(model_stem(other) == stem for other in there if other != path and _is_model(other))
    )


def _check_model(path: Path, project: Path) -> None:
    option, shown = option_name("models"), printable(str(path))
    if split_array(path)[0].is_file() or _is_model(path):
        return
    if path.is_dir():
        raise UsageError(f"{option}: {shown} is a folder", "Name the models in it; a SavedModel has saved_model.pb.")
    models = project / MODELS
    there = [p.relative_to(project).as_posix() for p in sorted(models.glob("*")) if _is_model(p)]
    near = f" Is it {printable(there[0])}?" if len(there) == 1 else ""
    if "," in str(path) or any(Path(word).suffix.lower() in FORMATS for word in str(path).split()[:-1]):
        near = " Several go one a line, or with a comma and a space between them."
    raise UsageError(f"{option}: there is no file {shown}", f"Paths start from the project folder.{near}")


def model_stem(path: Path) -> str:
    """What a model is called by its file: `kws` for kws.tflite, kws.int8.tflite, the folder kws and models.h#kws."""
    if SEPARATOR in path.name and (array := split_array(path)[1]):
        return array
    stem = path.name if path.is_dir() else path.stem
    return stem[: -len(_INT8)] if stem.endswith(_INT8) else stem
