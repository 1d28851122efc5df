"""Which headers sources include, by their text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', re.MULTILINE)
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".ino", ".h", ".hpp")


def included_by(failures: Iterable[Any]) -> set[str]:
    """The names that the sources of SCons's `failures` include."""
    nodes = [node for failure in failures for node in getattr(failure.node, "sources", ())]
    files = (Path(node.srcnode().get_abspath()) for node in nodes if hasattr(node, "srcnode"))
    return {name for path in files for name in names_in(path)}


def names_in(source: Path) -> set[str]:
    """The names that a C file includes, whatever is around them; none of another file."""
    if source.suffix not in _SOURCES or not source.is_file():
        return set()
    return set(_INCLUDE.findall(source.read_text("utf-8", "replace")))
