"""The last look before a verdict: whether the program was made of the models that lie in the project, and its sources
of their headers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..config import Config
from ..errors import SetupError
from ..files import LARGEST, read_head
from ..model.naming import printable
from . import sources
from .stamp import hash_of


def refuse_changed(
    env: Any, config: Config, taken: Mapping[str, sources.Int8Model], headers: Mapping[str, Path]
) -> None:
    """Raises SetupError for a model that changed between its C and the link; by its name, what was `taken` and the
    header, which has the hash of the file that it was generated from.
    """
    for model in config.models:
        found = sources.resolve(env, model, config)
        header = headers[model.name].read_text("utf-8")
        if found != taken[model.name] or hash_of(found.path) not in header:
            raise SetupError(
                f"{printable(str(model.path))} changed while the program was built of it, or its data did",
                "Build again.",
            )


def refuse_copies(
    included: Iterable[Any], headers: Mapping[str, Path], project: Path, may_read: Callable[[Path, Path], bool]
) -> None:
    """Raises SetupError for a copy of a header of ours, by a model's name, that says something else than the header.

    `included` are nodes of files. A file that is only called so is somebody else's. `may_read` says
    whether the compiler reads a file in place of a header: SCons does not look at what is around an #include.
    """
    names = {path.name: name for name, path in headers.items()}
    for node in included:
        name = names.get(getattr(node, "name", ""))
        path = Path(node.get_abspath()) if name else Path()
        if name is None or not path.is_file() or path.resolve() == headers[name].resolve():
            continue
        text = _unix(read_head(path, LARGEST))
        is_other = f"TINYML_MODEL_{name.upper()}\n".encode() in text and text != _unix(headers[name].read_bytes())
        if is_other and may_read(path, headers[name]):
            shown = path.relative_to(project) if path.is_relative_to(project) else path
            raise SetupError(
                f"{printable(str(shown))}, which sources include, is an older header of the model {name}",
                f"Delete it, and write #include <{path.name}>: the build makes that header anew.",
            )


def _unix(text: bytes) -> bytes:
    """Without the carriage returns that Git and editors on Windows put before line feeds."""
    return text.replace(b"\r\n", b"\n")
