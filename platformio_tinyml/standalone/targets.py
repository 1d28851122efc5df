"""The boards that generated code alone is built for (targets.json), with their compilers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..firmware.boards import Board, find_board


@dataclass(frozen=True, slots=True)
class Target:
    """A board, the name of its C compiler, and the flags that choose its core.

    `specs` is the compiler's file that chooses the C library, `packages` are Debian's, of both.
    """

    board: Board
    compiler: str
    flags: tuple[str, ...]
    specs: str
    packages: str


def find_target(name: str) -> Target:
    """Raises UsageError, with the known names, for a board that has no emulated core."""
    rows = json.loads((Path(__file__).parent / "targets.json").read_text("utf-8"))
    if name not in rows:
        raise UsageError(
            f"board {name!r} has no core that bench can count instructions on",
            f"take one of {', '.join(rows)}",
            code="board",
        )
    row = rows[name]
    return Target(find_board(name), row["compiler"], tuple(row["flags"]), row["specs"], row["packages"])
