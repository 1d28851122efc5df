"""Boards that are known without PlatformIO (boards.json), and those of platforms that are installed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UsageError

_CORES = {
    "esp32": "xtensa-lx6",
    "esp32s2": "xtensa-lx7",
    "esp32s3": "xtensa-lx7",
    "esp32c3": "rv32imc",
    "esp32c6": "rv32imac",
    "fe310": "rv32imac",
}
"""Of chips whose board files do not name their core; `at...` is AVR."""


@dataclass(frozen=True, slots=True)
class Board:
    """A board as PlatformIO names it. `flash` and `ram` are a firmware's limits in bytes; None where there is none.

    `platform` without its owner (ststm32), `core` as compilers name it (cortex-m4, avr, rv32imc, xtensa-lx6, host; ""
    if unknown), `mhz` the clock that the board file sets, `source` where the figures come from.
    """

    name: str
    title: str
    platform: str
    mcu: str
    core: str
    mhz: int | None
    flash: int | None
    ram: int | None
    source: str


def bundled_boards() -> tuple[Board, ...]:
    """All of boards.json."""
    rows = json.loads((Path(__file__).parent / "boards.json").read_text("utf-8"))
    return tuple(Board(name, **row) for name, row in rows.items())


def find_board(name: str) -> Board:
    """Raises UsageError, with the nearest known names, for another."""
    boards = {board.name: board for board in bundled_boards()}
    if name not in boards:
        near = difflib.get_close_matches(name, boards, n=5, cutoff=0)
        raise UsageError(
            f"board {name!r} is not in the built-in list",
            f"take one of it (nearest: {', '.join(near)}), or give --flash, --ram and --mcu",
            code="board",
        )
    return boards[name]


def installed_boards(core_dir: Path) -> Iterator[Board]:
    """Boards of the platforms in PlatformIO's core directory; a file that is no board with limits is passed over."""
    for path in sorted(core_dir.glob("platforms/*/boards/*.json")):
        try:
            yield _read(path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue


def _read(path: Path) -> Board:
    row: dict[str, Any] = json.loads(path.read_text("utf-8"))
    build, upload = row["build"], row["upload"]
    platform = path.parent.parent.name.partition("@")[0]
    mcu = str(build["mcu"])
    clock = str(build.get("f_cpu", "")).rstrip("L")
    return Board(
        name=path.stem,
        title=str(row["name"]),
        platform=platform,
        mcu=mcu,
        core=str(build.get("cpu") or _CORES.get(mcu) or ("avr" if mcu.startswith("at") else "")),
        mhz=int(clock) // 1_000_000 if clock.isdigit() else None,
        flash=int(upload["maximum_size"]),
        ram=int(upload["maximum_ram_size"]),
        source=f"platform-{platform}, boards/{path.name}, installed",
    )
