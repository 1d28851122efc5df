"""What the flags that link a program ask of the linker: its map, and whether it goes on after errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_MAP = re.compile(r"--?Map(?:=(.*))?", re.DOTALL)
_GO_ON = ("--noi", "-noi")
"""How `--noinhibit-exec` begins at the least: ld takes long options cut."""


def map_file(env: Any, elf: Any = None) -> Path | None:
    """The file that ld writes its map to, by the flags that link `elf`; None without, and where it is no file to read.

    Of several ld takes the last.
    """
    words = _linker_words(env, elf)
    for index, word in reversed(list(enumerate(words))):
        found = _MAP.fullmatch(word)
        if found:
            name = found[1] if found[1] is not None else "".join(words[index + 1 : index + 2])
            name = name.strip('"')
            path = Path(env.Dir("#").get_abspath(), name)
            # A device, a folder or standard output keeps no map, and a name with % is another name.
            kept = name not in ("", "-") and "%" not in name and not (path.exists() and not path.is_file())
            return path if kept else None
    return None


def goes_on_after_errors(env: Any) -> bool:
    """Whether ld makes a program of what overflows its memories, too (`--noinhibit-exec`)."""
    return any(word.startswith(_GO_ON) for word in _linker_words(env))


def _linker_words(env: Any, elf: Any = None) -> list[str]:
    """The linker's own words, those of `-Wl,` and `-Xlinker` taken apart, and other words as they are."""
    return list(_words(str(flag) for line in env.subst_list("$LINKFLAGS", target=elf) for flag in line))


def _words(flags: Iterable[str], inside: frozenset[str] = frozenset()) -> Iterator[str]:
    """`inside`: the response files that they are in; one that names itself is not read again."""
    for flag in flags:
        if flag.startswith("-Wl,"):
            yield from flag[4:].split(",")
        elif flag.startswith("@") and flag not in inside:
            yield from _words(_response_file(flag[1:]), inside | {flag})
        elif flag != "-Xlinker":
            yield flag


def _response_file(name: str) -> list[str]:
    path = Path(name.strip('"'))
    try:
        return path.read_text("utf-8", "replace").split() if path.is_file() else []
    except (OSError, ValueError):
        return []
