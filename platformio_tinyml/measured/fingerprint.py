"""What decides on a model's figures, part by part: compiler, flags, kernels, libraries, the model itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .printed import read_printed

SCHEMA = "tinyml-fingerprint/1"
MODEL, CODE, CLOCK = "model", "code", "clock"
"""Parts that are the project's own choice: that their change moves a figure is no drift."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of them: `version` in words, None where it has none; `digest` of its contents, None where that is all."""

    name: str
    version: str | None
    digest: str | None

    def change(self, now: Part) -> str:
        """What became of it, in words."""
        if self.version != now.version:
            return f"{self.name} {self.version or 'unknown'} -> {now.version or 'unknown'}"
        version = f" {now.version}" if now.version else ""
        return f"{self.name}{version} (contents {self.digest or 'unknown'} -> {now.digest or 'unknown'})"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Of the model `name`."""

    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _File:
    models: tuple[Fingerprint, ...]


def changes(before: Sequence[Part], now: Sequence[Part], without: Iterable[str] = ()) -> Iterator[str]:
    """What is another, new or no more, in words; but for those called as in `without`."""
    old, new = {part.name: part for part in before}, {part.name: part for part in now}
    for name in dict.fromkeys([*old, *new]):
        if name in without or old.get(name) == new.get(name):
            continue
        if name not in old:
            yield f"{name} is new"
        elif name not in new:
            yield f"{name} is no more"
        else:
            yield old[name].change(new[name])


def as_json(models: Iterable[Fingerprint]) -> str:
    """JSON text ending in a newline."""
    return json.dumps({"schema": SCHEMA, "models": [asdict(each) for each in models]}, indent=1) + "\n"


def read_fingerprints(path: Path) -> tuple[Fingerprint, ...]:
    """Raises UsageError for anything else."""
    return read_printed(_File, path, SCHEMA, "fingerprint", lambda _: iter(())).models
