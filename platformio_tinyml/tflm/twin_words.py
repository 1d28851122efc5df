"""What a twin takes over of the project's build. Read inside PlatformIO's process too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

CXX = (".cc", ".cpp", ".cxx", ".C")
SOURCES = (".c", *CXX)
"""Assembly is of one machine, and is left out."""
_PAIRED = ("-D", "-U", "-I", "-isystem", "-iquote", "-idirafter", "-include", "-imacros")
_KEPT = (*_PAIRED, "-f", "-std=", "-O")
"""What flags of any machine begin with."""


def portable(words: Iterable[str]) -> Iterator[str]:
    """Those words of a compiler's command that are of no machine."""
    rest = iter(words)
    for word in rest:
        if word in _PAIRED:
            yield from (word, next(rest, ""))
        elif word.startswith(_KEPT) and not word.startswith("-flto"):
            yield word
