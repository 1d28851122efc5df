"""Generated models by content: `<cache>/<key>/` holds what `generate` made of one model, complete and never changed.

A file in it has the hashes of the others: what a lost disk write or a hand has damaged is made again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

SEAL = "sha256.json"
"""Hash by name of the entry's files."""


def cache_key(model: Path, arguments: Sequence[str], tool: str) -> str:
    """The key of what `generate` makes of `model` with `arguments`, which name no folder; `tool` hashes its code."""
    digest = hashlib.sha256(json.dumps([tool, model.name, *arguments]).encode())
    digest.update(model.read_bytes())
    return digest.hexdigest()[:24]


def lookup(cache: Path, key: str) -> Path | None:
    """The folder of `key`, or None. A damaged one is removed."""
    entry = cache / key
    if not entry.is_dir():
        return None
    if _is_whole(entry):
        return entry
    shutil.rmtree(entry, ignore_errors=True)
    return None


def make(cache: Path, key: str, produce: Callable[[Path], bool]) -> Path | None:
    """Let `produce` fill a new folder and make it the entry of `key`; None if it says that it failed.

    Whoever makes the same entry meanwhile makes the same content, and one of both stays.
    """
    cache.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{key}.", suffix=".tmp", dir=cache))
    try:
        if not produce(temporary):
            return None
        (temporary / SEAL).write_text(json.dumps(_hashes(temporary)), "utf-8")
        temporary.chmod(0o755)
        try:
            temporary.rename(cache / key)
        except OSError:
            if not _is_whole(cache / key):
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return cache / key


def _is_whole(entry: Path) -> bool:
    try:
        return bool(json.loads((entry / SEAL).read_text("utf-8")) == _hashes(entry))
    except (OSError, ValueError, RecursionError):
        return False


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.iterdir() if path.name != SEAL)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
