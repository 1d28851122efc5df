"""The option arena_section: a header that gives the arenas their section, included before each generated C file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..files import write_text

FILE = "arena_section.h"


def place_arenas(env: Any, folder: str, section: str, names: Iterable[str]) -> None:
    """Let `env` compile the arenas of the models `names` into `section`. A new name is a new build folder."""
    path = Path(env.subst(folder), FILE)
    attribute = f'__attribute__((section("{section}")))'
    write_text(path, "".join(f"#define {name.upper()}_ARENA_ATTRIBUTE {attribute}\n" for name in names))
    env.Append(CCFLAGS=["-include", str(path)])
