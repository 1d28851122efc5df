"""Lines that tell how far something is: `... 40 of 200`, `... 3 percent`."""

from __future__ import annotations

import re

_HOW_FAR = re.compile(r"(?:(\d+) of (\d+)|\d+ percent)\n?\Z")


def is_progress(line: str) -> bool:
    """Whether a later line takes the place of this one."""
    return _HOW_FAR.search(line) is not None


def is_last(line: str) -> bool:
    """Whether it is all that there is to do."""
    found = _HOW_FAR.search(line)
    return found is not None and found[1] is not None and found[1] == found[2]
