"""The few boards that can be named without PlatformIO (boards.json)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class Board:
    """Limits in bytes, None where there is none (host)."""

    name: str
    mcu: str
    flash: int | None
    ram: int | None


def find_board(name: str) -> Board:
    """Raises UsageError, with the known names, for another."""
    rows = json.loads((Path(__file__).parent / "boards.json").read_text("utf-8"))
    if name not in rows:
        raise UsageError(
            f"board {name!r} is not in the built-in list",
            f"take one of {', '.join(rows)}, or give --flash, --ram and --mcu",
            code="board",
        )
    row = rows[name]
    return Board(name, row["mcu"], row["flash"], row["ram"])
