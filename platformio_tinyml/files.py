"""Writing files so that nobody ever reads half of one, and nothing is rebuilt for an unchanged one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .errors import SetupError


def write_text(path: Path, text: str) -> bool:
    """Make `path` hold `text` (UTF-8, newlines as given); True if it was changed.

    A file that already holds it keeps its time. Missing folders are made. The text goes to a temporary file beside it
    that is renamed. SetupError where the system refuses.
    """
    data = text.encode("utf-8")
    try:
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).chmod(0o666 & ~_umask())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SetupError(
            f"cannot write {path}: {error.strerror or error}", "Check the folder and its rights."
        ) from error
    return True


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
