"""Files: nobody ever reads half of one, nothing is rebuilt for an unchanged one, and what has no end is not read."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path, PurePath
from types import ModuleType

from .errors import SetupError

LARGEST_MODEL = 512 << 20
"""Bytes of a model, whatever its format: beyond all use on a microcontroller, and a second to hash."""


LARGEST = 1 << 30
"""Bytes of any file that is read whole: an ELF file with all that a debugger wants has less."""


def read_bytes(path: Path) -> bytes:
    """The contents of a file. OSError also for pipes and devices, which need have no end, and beyond LARGEST."""
    _require_regular(path)
    size = path.stat().st_size
    if size > LARGEST:
        raise OSError(errno.EFBIG, f"it has {size:,} bytes, and {LARGEST:,} are the most that are read", str(path))
    return path.read_bytes()


def read_head(path: Path, size: int) -> bytes:
    """The first `size` bytes of a file, or what there is. OSError as of `read_bytes`."""
    _require_regular(path)
    with path.open("rb") as file:
        return file.read(size)


def _require_regular(path: Path) -> None:
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder. OSError where that cannot be told."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(Path(folder, name).stat().st_size for folder, _, names in os.walk(path) for name in names)


def read_text(path: Path, errors: str = "strict") -> str:
    """The same as text, lines ended as here. UnicodeDecodeError, a ValueError, where it is not UTF-8 and has to be."""
    return read_bytes(path).decode("utf-8", errors).replace("\r\n", "\n")


def write_text(path: Path, text: str) -> bool:
    """Make `path` hold `text` (UTF-8, newlines as given); True if it was changed.

    A file that already holds it keeps its time. Missing folders are made. The text goes to a temporary file beside it
    that is renamed. What UTF-8 has not, as in names of files of another encoding, is escaped. SetupError where the
    system refuses.
    """
    return write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> bool:
    """The same of bytes: the one function that writes what a user names.

    A link stays one, and what it leads to is replaced. What is no regular file, /dev/null and pipes, is written to.
    """
    try:
        if is_special(path):
            with path.open("wb") as file:
                file.write(data)
            return True
        path = path.resolve() if path.is_symlink() else path
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
            f"cannot write {path}: {error.strerror or error}", "Check the folder, its rights and the disk."
        ) from error
    return True


def is_special(path: Path) -> bool:
    """Whether there is something that is neither a file nor a folder, or one of the system's (/dev, /proc)."""
    if is_of_the_system(path.absolute()):
        return path.exists() and not path.is_dir()
    return path.exists() and not path.is_file() and not path.is_dir()


def is_of_the_system(path: PurePath) -> bool:
    """Below /dev or /proc; `C:\\dev` is a folder as any other."""
    return path.parts[:2] in (("/", "dev"), ("/", "proc"))


def is_inside(path: str, folder: str, system: ModuleType = os.path) -> bool:
    """Whether `path` lies below `folder`, by their names alone; Windows ignores case and takes either slash."""
    inner, outer = (system.normcase(system.normpath(each)) for each in (path, folder))
    return bool(inner.startswith(outer.rstrip(system.sep) + system.sep))


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
