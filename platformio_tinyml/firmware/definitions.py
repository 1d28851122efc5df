"""Which object files of a link define a symbol: what ld means by `multiple definition`."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from ..errors import TinymlError
from ..files import read_text
from .objects import defined_symbols

_LOADED = re.compile(r"^LOAD (.+\.o)$", re.MULTILINE)


def defined_twice(link_map: Path, symbols: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Of `symbols`, those that several object files of the link with this map define, and these files.

    Files are as the map names them, from the current folder. One that cannot be read, or that was compiled for LTO,
    tells nothing.
    """
    found: dict[str, list[str]] = {}
    for file in dict.fromkeys(_LOADED.findall(read_text(link_map, "replace"))):
        try:
            defined = defined_symbols(Path(file))
        except TinymlError:
            continue
        for symbol in defined.intersection(symbols):
            found.setdefault(symbol, []).append(file)
    return {symbol: tuple(files) for symbol, files in sorted(found.items()) if len(files) > 1}
