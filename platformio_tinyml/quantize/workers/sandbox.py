"""What the process that loads a foreign file may do, whatever the file makes it do. Standard library only.

The second guard: the first is the list of what may be loaded (untrusted.py).
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .landlock import write_only_below
from .limits import LARGEST_MODEL
from .seccomp import leave_the_system_alone

MEMORY = 8 << 30
"""Bytes of a process: ten times what the conversion of a large model for a microcontroller takes."""


EXAMINATION = 120
"""Seconds for the look into a file; the 4 MB graph of an EfficientNet takes one."""


@contextmanager
def ended_after(seconds: int) -> Iterator[None]:
    """The process ends (SIGALRM) if what is done here takes longer: libraries do not come back from some damage.

    Nothing where the system has no such signal.
    """
    alarm = getattr(signal, "alarm", lambda _: None)
    alarm(seconds)
    try:
        yield
    finally:
        alarm(0)


def confine(folders: Sequence[Path]) -> tuple[str, ...]:
    """No network, no programs, no writing but below `folders`, bounded memory; what of it this system does not give.

    Called before there are threads: it holds for those that are started later.
    """
    lacks = []
    if not _limit():
        lacks.append("its memory is not bounded")
    if not write_only_below(folders):
        lacks.append("it may write files")
    if not leave_the_system_alone():
        lacks.append("it may start programs and use the network")
    return tuple(lacks)


def _limit() -> bool:
    if sys.platform == "win32":
        return False
    import resource

    for kind, most in (
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_FSIZE, 2 * LARGEST_MODEL),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (bound, bound))
        except (OSError, ValueError):
            return False
    return sys.platform == "linux"  # elsewhere the limit of data does not count what is mapped
