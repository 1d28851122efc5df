"""One build of an environment at a time: two would link, judge and copy each other's program."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer

from ..tool_env import locked
from .say import say

HELD = "TINYML_BUILDING"
"""Environment variable: the locks that this process, or one that started it, holds."""

_until_the_end = ExitStack()


@contextmanager
def held(path: Path, waiting: str, longest: float = math.inf) -> Iterator[None]:
    """Hold the lock `path`; `waiting` is said if that takes a second. OSError as of `locked`."""
    notice = Timer(1, say, [waiting])
    notice.daemon = True
    notice.start()
    with ExitStack() as lock:
        try:
            lock.enter_context(locked(path, longest))
        finally:
            notice.cancel()
        yield


def wait_for_turn(path: Path) -> None:
    """Hold the file `path` until this process ends, once no other build does.

    A build that another one starts, as platforms that configure a framework do, is part of that one and does not wait.
    """
    before = os.environ.get(HELD, "").split(os.pathsep)
    if str(path) in before:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    _until_the_end.enter_context(held(path, "TinyML: waiting for another build of this environment to end"))
    os.environ[HELD] = os.pathsep.join([*filter(None, before), str(path)])
