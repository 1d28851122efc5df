"""A compiler's name and version."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path


def compiler_told(path: str) -> str:
    """Name and version; of GCC by the folder of its libraries, which costs no process, if there is one alone.

    A folder may have the beginning of it alone (Debian's own GCC: 12): then the compiler is asked.
    """
    program = Path(path).resolve()
    target = program.name.partition("-gcc")[0]
    folders = (program.parent.parent / "lib" / "gcc" / target).glob("[0-9]*")
    versions = [each.name for each in folders if each.is_dir()]
    name = Path(path).name
    if len(versions) == 1 and "." in versions[0]:
        return f"{name} {versions[0]}"
    return f"{name} {_version_said(path)}".strip()


@functools.lru_cache(maxsize=8)
def _version_said(compiler: str) -> str:
    command = [compiler, "-dumpfullversion", "-dumpversion"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError:
        return ""
    return done.stdout.strip()[:40]
