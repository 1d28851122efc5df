"""One build of an environment at a time: two would link, judge and copy each other's program."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from threading import Timer

from ..tool_env import locked
from .say import say

HELD = "TINYML_BUILDING"
"""Environment variable: the locks that this process, or one that started it, holds."""

_until_the_end = ExitStack()


def wait_for_turn(path: Path) -> None:
    """Hold the file `path` until this process ends, once no other build does.

    A build that another one starts, as platforms that configure a framework do, is part of that one and does not wait.
    """
    held = os.environ.get(HELD, "").split(os.pathsep)
    if str(path) in held:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    notice = Timer(1, say, ["TinyML: waiting for another build of this environment to end"])
    notice.daemon = True
    notice.start()
    try:
        _until_the_end.enter_context(locked(path))
    finally:
        notice.cancel()
    os.environ[HELD] = os.pathsep.join([*filter(None, held), str(path)])
