"""Every error a user can cause: one message, one next step, one exit code."""

from __future__ import annotations

from enum import IntEnum


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
