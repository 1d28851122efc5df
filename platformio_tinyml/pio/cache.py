"""What is made of models, by content: `<folder>/<key>/` holds the files of one entry, complete and never changed.

The key is the hash of all that decides, and names no folder and no environment. A file in the entry has the key and the
hashes of the others: what a lost disk write or a hand has damaged is made again.

Every project has a folder of its own, and may share another one. What that one has is copied, and looked at in the
copy; what it lacks goes there. Where it cannot be read or written the project's own does: a build never fails for it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files import LARGEST
from ..model.naming import printable
from .one_build import held
from .say import say

SEAL = "sha256.json"
"""The entry's key, and hash by name of its files."""
LARGEST_SEAL = 1 << 20
"""Bytes."""
PATIENCE = 3600.0
"""Seconds to wait, at most, for whoever makes the same entry in a shared folder: a conversion takes minutes."""


_said: set[str] = set()
"""What this process has complained of."""


def cache_key(model: Path, arguments: Sequence[str], tool: str) -> str:
    """The key of what `generate` makes of `model` with `arguments`, which name no folder; `tool` hashes its code."""
    digest = hashlib.sha256(json.dumps([tool, model.name, *arguments]).encode())
    digest.update(model.read_bytes())
    return digest.hexdigest()[:24]


@dataclass(frozen=True)
class Cache:
    """The project's `own` folder, and the one it shares with others, if it does."""

    own: Path
    shared: Path | None = None

    def lookup(self, key: str) -> Path | None:
        """The folder of `key`, below `own`; or None. A damaged one is removed."""
        entry = self.own / key
        if _is_whole(entry, key):
            return entry
        if not _has_files(entry) and not (self.shared and _has_files(self.shared / key)):
            return None
        with self._alone(key):
            return self._find(key)

    def obtain(self, key: str, produce: Callable[[Path], bool]) -> Path | None:
        """The folder of `key`; if there is none `produce` fills a new one. None if it says that it failed.

        Whoever wants the same entry meanwhile waits, in this project and in those that share a folder.
        """
        if _is_whole(self.own / key, key):
            return self.own / key
        with self._alone(key):
            entry = self._find(key)
            if entry is None:
                for left in self.own.glob(f"{key}.*.tmp"):  # by a build that was killed: nobody else holds the lock
                    shutil.rmtree(left, ignore_errors=True)
                entry = _place(self.own, key, lambda new: produce(new) and _seal(new, key))
                if entry and self.shared:
                    self._publish(entry, key)
            return entry

    def _find(self, key: str) -> Path | None:
        """Under the locks: a whole entry of `own`, copied from the shared folder if it is whole there."""
        entry = self.own / key
        if _is_whole(entry, key):
            return entry
        shutil.rmtree(entry, ignore_errors=True)
        if self.shared is None or not _has_files(self.shared / key):
            return None
        found = self.shared / key
        try:
            return _place(self.own, key, lambda new: _copy(found, new))
        except OSError as error:
            self._complain("cannot read the shared cache", error)
            return None

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """Hold the locks of `key`. That of a shared folder only where the system has it: then work is done twice."""
        waiting = "TinyML: waiting for another build, which makes the same"
        with ExitStack() as locks:
            self.own.mkdir(parents=True, exist_ok=True)
            locks.enter_context(held(self.own / f"{key}.lock", waiting))
            if self.shared:
                try:
                    self.shared.mkdir(parents=True, exist_ok=True)
                    locks.enter_context(held(self.shared / f"{key}.lock", waiting, PATIENCE))
                except OSError:  # told when the entry is written
                    pass
            yield

    def _publish(self, entry: Path, key: str) -> None:
        """Copy an entry to the shared folder, in the place of a damaged one."""
        assert self.shared
        try:
            there = self.shared / key
            if there.is_symlink() or (there.exists() and not _is_whole(there, key)):
                aside = Path(tempfile.mkdtemp(prefix=f"{key}.", suffix=".tmp", dir=self.shared))
                there.rename(aside / key)
                shutil.rmtree(aside, ignore_errors=True)
            if not there.exists():
                _place(self.shared, key, lambda new: _copy(entry, new))
        except OSError as error:
            self._complain("cannot write the shared cache", error)

    def _complain(self, what: str, error: OSError) -> None:
        """Once, whatever the system says: the build goes on."""
        text = f"TinyML: {what} {printable(str(self.shared))}: {error.strerror or error}"
        if text not in _said:
            _said.add(text)
            say(f"{text}; this project's own serves")


def cache_of(env: Any) -> Cache:
    """That of the construction variables TINYML_CACHE and TINYML_SHARED_CACHE."""
    own, shared = Path(env["TINYML_CACHE"]), env.get("TINYML_SHARED_CACHE")
    return Cache(own, shared if shared and shared.resolve() != own.resolve() else None)


def _place(folder: Path, key: str, fill: Callable[[Path], bool]) -> Path | None:
    """Let `fill` make the files of a new folder, and rename that to `key`; None where it fails, or its seal does."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{key}.", suffix=".tmp", dir=folder))
    try:
        if not (fill(temporary) and _is_whole(temporary, key)):
            return None
        temporary.chmod(0o755)
        entry = folder / key
        with suppress(OSError):
            entry.rmdir()  # an empty one: SCons makes the folders of what it is to build
        try:
            temporary.rename(entry)
        except OSError:
            if not _is_whole(entry, key):
                raise
        return entry
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _seal(folder: Path, key: str) -> bool:
    (folder / SEAL).write_text(json.dumps({"key": key, "sha256": _hashes(folder)}), "utf-8")
    return True


def _copy(entry: Path, to: Path) -> bool:
    """The files of `entry`, which may be anything; OSError."""
    for path in _files(entry):
        (to / path.name).write_bytes(path.read_bytes())
    return True


def _is_whole(entry: Path, key: str) -> bool:
    try:
        seal = entry / SEAL
        if seal not in _files(entry) or seal.stat().st_size > LARGEST_SEAL:
            return False
        return bool(json.loads(seal.read_text("utf-8")) == {"key": key, "sha256": _hashes(entry)})
    except (OSError, ValueError, RecursionError):
        return False


def _has_files(entry: Path) -> bool:
    try:
        return any(entry.iterdir())
    except OSError:
        return False


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in _files(folder) if path.name != SEAL)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _files(folder: Path) -> list[Path]:
    """Of an entry; OSError where that is no folder of its own, or has something else, or too much."""
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise OSError(errno.ENOTDIR, "not a folder", str(folder))
    files, left = list(folder.iterdir()), LARGEST
    for path in files:
        status = path.lstat()
        left -= status.st_size
        if not stat.S_ISREG(status.st_mode) or left < 0:
            raise OSError(errno.EINVAL, "not an entry of a cache", str(path))
    return files
