"""The lock: an int8 file committed beside its source, and what it was made of. Standard library only."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..files import write_text
from ..model.naming import printable
from .key import content_hash, options_of
from .request import Request
from .result import Result, as_document

SCHEMA = "tinyml-lock/1"
_LATER_OPTIONS = {"activations": "int8"}
"""What locks without these options have."""


@dataclass(frozen=True, slots=True)
class LockState:
    """`locked`: there is a lock. `changes`: what is no longer as it says, in words; () means that `int8` may be used.

    `notes` are what could not be compared, because it is not here.
    """

    int8: Path
    locked: bool
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def int8_path(source: Path) -> Path:
    """`models/kws.keras` and the folder `models/kws` -> `models/kws.int8.tflite`."""
    return source.with_name(f"{_stem(source)}.int8.tflite")


def lock_path(source: Path) -> Path:
    """`models/kws.keras` and the folder `models/kws` -> `models/kws.tinyml.lock`."""
    return source.with_name(f"{_stem(source)}.tinyml.lock")


def lock_state(request: Request) -> LockState:
    """Whether the lock beside `request.source` still describes it, its data and its options.

    Data that the request does not name, or that is not here, is not compared: a lock is there for those who lack it.
    UsageError for a lock that is damaged or cannot be read.
    """
    path, int8 = lock_path(request.source), int8_path(request.source)
    if not path.is_file():
        return LockState(int8, locked=False)
    lock = _read(path)
    changes: list[str] = []
    notes: list[str] = []
    try:
        _compare_file(int8, lock["int8"]["sha256"], changes)
        if request.source.exists():
            if content_hash(request.source) != lock["source"]["sha256"]:
                changes.append(f"the source {request.source.name} is another")
        else:
            notes.append(f"the source {request.source.name} is not here")
        for name, given in (("data", request.data), ("evaluation", request.evaluation)):
            _compare_data(name, given, lock[name], changes, notes)
        for name, value in (_LATER_OPTIONS | options_of(request)).items():
            locked = lock["options"].get(name, _LATER_OPTIONS.get(name))
            if locked != value:
                changes.append(f"{name} was {locked} and is {value}")
    except (KeyError, TypeError, AttributeError):
        raise _damaged(path) from None
    return LockState(int8, locked=True, changes=tuple(changes), notes=tuple(notes))


def require_lock(request: Request) -> Path | None:
    """The int8 file of a lock that matches; None without a lock; UsageError that says what changed."""
    state = lock_state(request)
    if not state.locked:
        return None
    if state.changes:
        raise UsageError(
            f"{printable(str(lock_path(request.source)))} no longer matches: {printable('; '.join(state.changes))}",
            f"Run pio-tinyml lock {printable(str(request.source))} again, or remove the lock.",
            code="lock",
        )
    return state.int8


def write(request: Request, result: Result) -> Path:
    """Write the lock of a conversion whose int8 file stands; its path."""
    path = lock_path(request.source)
    document = as_document(result)
    lock = {
        "schema": SCHEMA,
        "source": {"path": request.source.name, "sha256": content_hash(request.source)},
        "data": _entry(request.data_path, path.parent) if request.data_path else request.data,
        "evaluation": _entry(request.evaluation, path.parent) if request.evaluation else None,
        "options": options_of(request),
        "int8": {"path": int8_path(request.source).name, "sha256": result.sha256, "size": result.size},
        **{name: document[name] for name in ("versions", "calibration", "accuracy")},
    }
    write_text(path, json.dumps(lock, indent=2) + "\n")
    return path


def _stem(source: Path) -> str:
    return source.name if source.is_dir() else source.stem


def _entry(path: Path, folder: Path) -> dict[str, str]:
    return {"path": Path(os.path.relpath(path, folder)).as_posix(), "sha256": content_hash(path)}


def _read(path: Path) -> dict[str, Any]:
    try:
        lock = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise _damaged(path) from None
    if not isinstance(lock, dict) or lock.get("schema") != SCHEMA:
        raise _damaged(path)
    return lock


def _damaged(path: Path) -> UsageError:
    return UsageError(
        f"{printable(str(path))} is damaged, or of another version",
        "Restore it, or remove it and run pio-tinyml lock again.",
        code="lock",
    )


def _compare_file(int8: Path, sha256: str, changes: list[str]) -> None:
    if not int8.is_file():
        changes.append(f"{int8.name} is missing")
    elif hashlib.sha256(int8.read_bytes()).hexdigest() != sha256:
        changes.append(f"{int8.name} is another")


def _compare_data(name: str, given: str | Path | None, locked: Any, changes: list[str], notes: list[str]) -> None:
    if given is None:
        return
    if isinstance(locked, dict):
        path = Path(given)
        if str(given) == "random":
            changes.append(f"the {name} was {locked['path']} and is random")
        elif not path.exists():
            notes.append(f"the {name} {path.name} is not here")
        elif content_hash(path) != locked["sha256"]:
            changes.append(f"the {name} {path.name} is other than {locked['path']} was")
    elif str(given) != locked:
        changes.append(f"the {name} was {locked or 'not given'} and is {given}")
