"""The option arena_section: a header that gives the arenas their section, included before each generated C file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..files import write_text

FILE = "arena_section.h"

ZEROED = (".bss.", ".noinit.")
"""How names begin of which GCC makes sections that are not stored in the image."""

UNSTORED = """\
/* GCC would make %s a section that is stored in the image. What it writes behind the name is a comment here. */
#if defined(__arm__)
#define TINYML_COMMENT "@"
#elif defined(__AVR__)
#define TINYML_COMMENT ";"
#else
#define TINYML_COMMENT "#"
#endif
"""


def place_arenas(env: Any, folder: str, section: str, names: Iterable[str]) -> None:
    """Let `env` compile the arenas of the models `names` into `section`. A new name is a new build folder."""
    path = Path(env.subst(folder), FILE)
    if f"{section}.".startswith(ZEROED):
        text, literal = "", f'"{section}"'
    else:
        text, literal = UNSTORED % section, f'"{section},\\"aw\\",%nobits" TINYML_COMMENT'
    attribute = f"__attribute__((section({literal})))"
    write_text(path, text + "".join(f"#define {name.upper()}_ARENA_ATTRIBUTE {attribute}\n" for name in names))
    env.Append(CCFLAGS=["-include", str(path)])
