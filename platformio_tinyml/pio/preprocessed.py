"""What the compiler reads of what sources include: SCons does not look at what is around an #include."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from .includes import names_in
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


def lacks(top: Any, folder: Path, endings: tuple[str, ...]) -> bool:
    """Whether the compiler will end for a header of such a name that a source in `folder`, one that `top` is made of,
    includes. False too where the compiler cannot be asked.
    """
    objects = [each for each in below(top) if each.has_builder() and len(each.sources) == 1]
    return any(_lacks(each, folder, endings) for each in objects)


def _lacks(built: Any, folder: Path, endings: tuple[str, ...]) -> bool:
    source = Path(built.sources[0].srcnode().get_abspath())
    wanted = [name for name in names_in(source) if name.endswith(endings)] if source.is_relative_to(folder) else []
    done = _preprocess(built) if wanted else None
    return done is not None and done.returncode != 0 and any(name.encode() in done.stderr for name in wanted)


def _reads_another(built: Any, header: Path) -> bool:
    """Whether the preprocessor, run as for `built`, an object, reads another file of the name of `header`."""
    done = _preprocess(built)
    if done is None or done.returncode:
        return True
    folder = Path(built.get_build_env().Dir("#").get_abspath())
    read = {folder / marker.decode(errors="replace") for marker in _MARKER.findall(done.stdout)}
    return not read or any(path.name == header.name and path.resolve() != header.resolve() for path in read)


def _preprocess(built: Any) -> subprocess.CompletedProcess[bytes] | None:
    """The preprocessor, run as for `built`, an object. None where it does not start, or does not end."""
    env = built.get_build_env()
    source = built.sources[0].srcnode().get_abspath()
    compiler = "$CC $CFLAGS" if Path(source).suffix in (".c", ".S") else "$CXX $CXXFLAGS"
    folder = Path(env.Dir("#").get_abspath())
    try:
        words = shlex.split(env.subst(f"{compiler} $CCFLAGS $_CCCOMCOM", target=[built], source=built.sources))
        words = [word for word in words if word not in _WRITES_MORE]
        command = [*words, "-E", source]
        return subprocess.run(command, cwd=folder, env=env["ENV"], capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
