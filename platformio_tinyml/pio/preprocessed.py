"""Whether the compiler reads a file that SCons found included: SCons does not look at what is around an #include."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from .nodes import below

_MARKER = re.compile(rb'^# \d+ "(.*)"[ \d]*$', re.MULTILINE)
_WRITES_MORE = ("-MMD", "-MD", "-MP")
_SECONDS = 600
"""Only a compiler that hangs takes as long."""


def may_read(top: Any, copy: Path, header: Path) -> bool:
    """Whether something that `top` is made of reads `copy`, a file of the same name as `header`, when it is compiled.

    True too where the compiler cannot be asked.
    """
    objects = [each for each in below(top) if any(str(copy) == node.get_abspath() for node in each.implicit or ())]
    return any(_reads_another(each, header) for each in objects)


def _reads_another(built: Any, header: Path) -> bool:
    """Whether the preprocessor, run as for `built`, an object, reads another file of the name of `header`."""
    env = built.get_build_env()
    source = built.sources[0].srcnode().get_abspath()
    compiler = "$CC $CFLAGS" if Path(source).suffix in (".c", ".S") else "$CXX $CXXFLAGS"
    folder = Path(env.Dir("#").get_abspath())
    try:
        words = shlex.split(env.subst(f"{compiler} $CCFLAGS $_CCCOMCOM", target=[built], source=built.sources))
        words = [word for word in words if word not in _WRITES_MORE]
        command = [*words, "-E", source]
        found = subprocess.run(command, cwd=folder, env=env["ENV"], capture_output=True, timeout=_SECONDS, check=True)
    except (OSError, ValueError, subprocess.SubprocessError):
        return True
    read = {folder / marker.decode(errors="replace") for marker in _MARKER.findall(found.stdout)}
    return not read or any(path.name == header.name and path.resolve() != header.resolve() for path in read)
