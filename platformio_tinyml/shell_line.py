"""Commands as a line that can be pasted into the shell of this system. They are run as lists, never by a shell."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence

_PLAIN = re.compile(r"[\w@%+=:.,/\\-]+", re.ASCII)


def shell_line(command: Sequence[str], windows: bool = sys.platform == "win32") -> str:
    """For sh, or for cmd and PowerShell: these know no single quotes, and a backslash is no escape to them."""
    if not windows:
        return shlex.join(command)
    return " ".join(word if _PLAIN.fullmatch(word) else f'"{_escaped(word)}"' for word in command)


def _escaped(word: str) -> str:
    """As programs on Windows read it: a quote needs a backslash, and so do backslashes before one or at the end."""
    return re.sub(r'(\\*)("|$)', lambda found: found[1] * 2 + ('\\"' if found[2] else ""), word)
