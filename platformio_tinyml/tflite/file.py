"""A path -> Model, with the mistakes that people make with paths."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from ..errors import ModelError, UsageError
from ..files import LARGEST_MODEL
from ..model import Model
from ..model.naming import c_identifier, printable
from .foreign import check_format, quantizing
from .reader import read_model

_LISTED = 1000
"""Names of a folder that are looked at for a suggestion."""


def read_model_file(path: Path, name: str | None = None) -> Model:
    """Read a `.tflite` file.

    `name` is the model's C identifier, by default made from the file's (`kws.int8.tflite` is the model kws).
    Raises UsageError if there is no such file or it cannot be read, ModelError if it holds no model.
    """
    source = printable(str(path))
    try:
        if path.is_dir():
            raise _folder_error(path, source)
        if not path.exists():
            raise UsageError(f"{source}: no such file", _near_names(path), code="model-missing")
        if not path.is_file():
            raise UsageError(f"{source} is not a regular file", "give the path of a .tflite file")
        with path.open("rb") as file:
            head = file.read(4096)
            check_format(head, source)  # a large file of another kind is not worth reading
            if path.stat().st_size > LARGEST_MODEL:
                raise ModelError(
                    f"{source} has {path.stat().st_size:,} bytes, and a model at most {LARGEST_MODEL:,}",
                    "give the model that the device is to run",
                    code="model-size",
                )
            data = head + file.read()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{source} cannot be read: {reason}", "check the path and its permissions") from None
    if name is None:
        name = c_identifier(path.stem.removesuffix(".int8"))
    return read_model(data, name, source)


def _folder_error(path: Path, source: str) -> ModelError | UsageError:
    if (path / "saved_model.pb").exists():
        return ModelError(
            f"{source} is a TensorFlow SavedModel",
            quantizing(source),
            code="model-format",
        )
    return UsageError(f"{source} is a folder", _near_names(path / ".tflite"))


def _near_names(path: Path) -> str:
    """A next step that names the models beside `path` which its name may have meant."""
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {printable(str(folder))} either"
    entries = sorted(entry for entry in islice(folder.iterdir(), _LISTED) if entry.suffix.lower() == ".tflite")
    if not entries:
        return f"there is no .tflite file in {printable(str(folder))}"
    from difflib import get_close_matches

    names = {entry.stem: entry.name for entry in entries}
    near = get_close_matches(path.stem, names, n=3) or list(names)[:5]
    return f"did you mean {', '.join(printable(names[stem]) for stem in near)}?"
