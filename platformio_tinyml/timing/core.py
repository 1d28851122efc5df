"""The cores that timings are known of (cores.json)."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Core:
    """`cycles` of each class, as Work names them; `error`: a chip's / those of this table, lowest and highest."""

    name: str
    cycles: dict[str, float]
    error: tuple[float, float]
    source: str

    def of(self, name: str) -> float:
        """Cycles of one instruction of a class."""
        return self.cycles.get(name, self.cycles["alu"])


def find_core(name: str) -> Core | None:
    """By the name that compilers use of it, or a chip's file."""
    row = _rows().get(name.lower())
    return Core(name.lower(), row["cycles"], (row["error"][0], row["error"][1]), row["source"]) if row else None


@functools.cache
def _rows() -> dict[str, Any]:
    rows: dict[str, Any] = json.loads((Path(__file__).parent / "cores.json").read_text("utf-8"))["cores"]
    return rows
