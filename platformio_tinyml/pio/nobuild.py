"""`-t nobuild` runs nothing of a library's, but a pre: script: there a program that nobody judged is not uploaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import SetupError
from .gate import STAMP, hash_of
from .say import complain_about


def refuse_unjudged(env: Any, folder: Path) -> None:
    """End PlatformIO if there is a program and the stamp in `folder` is not of its passing: a build was killed.

    At the end of all scripts; before, the program's name is not known.
    """
    process = env.ProcessDelayedActions

    def process_delayed_actions(_: Any) -> None:
        program = Path(env.subst("$BUILD_DIR/${PROGNAME}${PROGSUFFIX}"))
        if program.is_file() and not _passed(program, folder / STAMP):
            complain_about(SetupError(f"{program} was not checked", "Build, without -t nobuild."))
            env.Exit(1)
        process()

    env.AddMethod(process_delayed_actions, "ProcessDelayedActions")


def _passed(program: Path, stamp: Path) -> bool:
    try:
        stored = json.loads(stamp.read_text("utf-8"))
        return bool(stored["code"] == 0 and stored["program"] == hash_of(program))
    except (OSError, ValueError, KeyError, TypeError):
        return False
