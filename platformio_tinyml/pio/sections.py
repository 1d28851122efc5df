"""arena_section, persistent_section and weights_section: a header with sections, included before generated C."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..files import write_text

FILE = "sections.h"

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


def place(
    env: Any,
    folder: str,
    names: Sequence[str],
    *,
    arenas: str | None,
    weights: str | None,
    persistent: str | None = None,
) -> None:
    """Let `env` compile arenas and weights of the models `names` into sections. Other ones are another build folder."""
    text = ""
    for what, given in (("ARENA", arenas), ("PERSISTENT", persistent)):
        if given:
            before, section = _zeroed(given)
            text += before + _attributes(names, what, section)
    if weights:
        text += _attributes(names, "WEIGHTS", f'"{weights}"')
    if text:
        path = Path(env.subst(folder), FILE)
        write_text(path, text)
        env.Append(CCFLAGS=["-include", str(path)])


def _zeroed(section: str) -> tuple[str, str]:
    """C before its use, and the section's name in C, for GCC not to store it in the image."""
    if f"{section}.".startswith(ZEROED):
        return "", f'"{section}"'
    return UNSTORED % section, f'"{section},\\"aw\\",%nobits" TINYML_COMMENT'


def _attributes(names: Sequence[str], what: str, section: str) -> str:
    rows = (f"#define {name.upper()}_{what}_ATTRIBUTE __attribute__((section({section})))\n" for name in names)
    return "".join(rows)
