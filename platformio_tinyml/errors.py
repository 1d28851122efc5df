"""Every error a user can cause: one message, one next step, one exit code."""

from __future__ import annotations

import os
import re
import textwrap
from enum import IntEnum

_COLUMNS = int(number) if (number := os.environ.get("TINYML_COLUMNS", "")).isdecimal() else 96
"""Of a line; 0: lines are not cut, for who looks for words in a log."""
_WHOLE = re.compile(
    r"`[^`]*`|(?<!\w)'[^']*'|\[[^]]*\]|\(command line: [^)]*\)|\w+ = \S+"
    r"|\b(?:pio|pio-tinyml|git|sudo) [^.](?:(?!, | \(|; ).)*|\S*/\S*python\S* .*"
)
"""What is there to be copied stays in one line: quoted names, options, a command to the end of the sentence."""


class ExitCode(IntEnum):
    """Exit codes of every `pio-tinyml` command."""

    OK = 0
    OVER_BUDGET = 1
    USAGE = 2
    MODEL_REFUSED = 3
    ENVIRONMENT = 4
    INTERNAL = 5


class TinymlError(Exception):
    """A user-visible error.

    `message` says what is wrong and where, `next_step` what to do about it, `code` is a stable
    identifier for JSON output (`kebab-case`).
    """

    exit_code: ExitCode = ExitCode.INTERNAL
    code: str = "internal"

    def __init__(self, message: str, next_step: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        if code is not None:
            self.code = code

    def as_text(self, start: str) -> str:
        """What people are told: the message behind `start`, then the next step; cut into lines."""
        step = f"\n{in_lines(self.next_step, '  next: ', '    ')}" if self.next_step else ""
        return in_lines(self.message, start, "  ") + step


class OverBudgetError(TinymlError):
    """The firmware, or a model in it, does not fit its limit or budget."""

    exit_code = ExitCode.OVER_BUDGET
    code = "over-budget"


class UsageError(TinymlError):
    """A command line, an option of platformio.ini or a path is wrong."""

    exit_code = ExitCode.USAGE
    code = "usage"


class ModelError(TinymlError):
    """The model file is damaged, or holds what the chosen runtime does not take."""

    exit_code = ExitCode.MODEL_REFUSED
    code = "model"


class SetupError(TinymlError):
    """A tool, a package or a file of this computer is missing or fails."""

    exit_code = ExitCode.ENVIRONMENT
    code = "environment"


def in_lines(text: str, start: str, indent: str) -> str:
    """Lines of text; what is no ordinary character, which may be a stranger's file's, is escaped."""
    text = "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in text)
    columns = _COLUMNS or len(start + text)
    wrapper = textwrap.TextWrapper(
        columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    lines: list[str] = []
    for line in f"{start.replace(' ', chr(0))}{text}".split("\n"):
        glued = _WHOLE.sub(lambda found: found[0].replace(" ", "\0"), line)
        lines += [line] if len(line) <= columns else wrapper.wrap(glued)
    return "\n".join(lines).replace("\0", " ")
