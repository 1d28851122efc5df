"""Generated models by content: `<cache>/<key>/` holds what `generate` made of one model, complete and never changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path


def cache_key(model: Path, arguments: Sequence[str], tool: str) -> str:
    """The key of what `generate` makes of `model` with `arguments`, which name no folder; `tool` hashes its code."""
    digest = hashlib.sha256(json.dumps([tool, model.name, *arguments]).encode())
    digest.update(model.read_bytes())
    return digest.hexdigest()[:24]


def lookup(cache: Path, key: str) -> Path | None:
    """The folder of `key`, or None."""
    entry = cache / key
    return entry if entry.is_dir() else None


def make(cache: Path, key: str, produce: Callable[[Path], bool]) -> Path | None:
    """Let `produce` fill a new folder and make it the entry of `key`; None if it says that it failed.

    Whoever makes the same entry meanwhile makes the same content, and one of both stays.
    """
    cache.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{key}.", suffix=".tmp", dir=cache))
    try:
        if not produce(temporary):
            return None
        temporary.chmod(0o755)
        try:
            temporary.rename(cache / key)
        except OSError:
            if not (cache / key).is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return cache / key
