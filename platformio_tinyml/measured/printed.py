"""JSON that a command of ours printed into a file, and `check` reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from ..errors import UsageError
from ..files import read_text
from ..typed_json import parse

T = TypeVar("T")


def read_printed(kind: type[T], path: Path, schema: str, command: str, problems: Callable[[T], Iterator[str]]) -> T:
    """What `command --json` printed. Raises UsageError for anything else, and for the first of its `problems`."""
    try:
        found = parse(kind, read_text(path), schema)
        problem = next(problems(found), None)
        if problem:
            raise ValueError(problem)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", f"run `{command} --json` first") from error
    except ValueError as error:
        raise UsageError(f"{path} is not of `{command} --json`: {error}", f"run `{command} --json` again") from error
    return found
