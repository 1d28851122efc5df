"""What a build prints: short lines on standard output, errors on standard error, where `pio run -s` shows them too."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from SCons.Script import ARGUMENTS

from ..errors import SetupError, TinymlError
from ..progress import is_last, is_progress

ERROR = "TinyML: error: "
"""How all errors begin, those of commands that a build runs too."""


_BETWEEN = 10.0
"""Seconds between two lines of progress in a log."""
_SHOWN_AT_ONCE = "...."
"""PlatformIO passes on whole lines, but what follows the same sign four times (its BuildAsyncPipe): progress bars."""
_TO_THE_START = "\x1b[K\x1b[G"
"""Clear the rest of the line, and what comes next overwrites it; PlatformIO makes a new line of a carriage return."""

_last = -_BETWEEN
"""When a log got its last line of progress."""


def say(text: str) -> None:
    """Print lines on standard output."""
    _write(sys.stdout, text)


def say_how_far(text: str) -> None:
    """The same of what may be progress, `... 40 of 200` or `... 3 percent`.

    In a terminal it stays in one line, which the next text overwrites; a log gets a line now and then, and the last.
    """
    global _last
    if not is_progress(text):
        say(text)
    elif int(ARGUMENTS.get("ISATTY", 0)):
        sys.stdout.write(f"{text.rstrip()} {_SHOWN_AT_ONCE}{_TO_THE_START}")
        sys.stdout.flush()
    elif time.monotonic() - _last >= _BETWEEN or is_last(text):
        _last = time.monotonic()
        say(text)


def complain(text: str) -> None:
    """Print lines on standard error, after all that was said before."""
    sys.stdout.flush()
    _write(sys.stderr, text)


def complain_of(name: str, text: str) -> None:
    """Print the error of a command; it names the model `name`, whether it does so itself or not."""
    head, found, rest = text.partition(ERROR)
    complain(f"{head}{ERROR}{name}: {rest}" if found and name not in rest.partition("\n  next: ")[0] else text)


def complain_about(error: TinymlError) -> None:
    """Print an error of ours as the command line would, at once: SCons says in between what is up to date."""
    complain(error.as_text(ERROR))


def build_action(function: Callable[..., int]) -> Callable[..., int]:
    """Make an SCons action of `function(target, source, env)`: errors that users can cause are told, never raised."""

    @functools.wraps(function)
    def action(target: Any, source: Any, env: Any) -> int:
        try:
            return function(target, source, env)
        except (TinymlError, OSError) as error:
            complain_about(in_words(error))
        return 1

    return action


def in_words(error: TinymlError | OSError) -> TinymlError:
    """What the system refuses, a full disk above all, as an error of ours."""
    if isinstance(error, TinymlError):
        return error
    return SetupError(
        f"{error.filename or 'the system'}: {error.strerror or error}",
        "Check that path, its rights and the disk, and build again.",
    )


def _write(stream: TextIO, text: str) -> None:
    line = text if text.endswith("\n") else text + "\n"
    encoding = stream.encoding or "ascii"
    stream.write(line.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
