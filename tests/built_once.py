"""What several tests compile alike, made once in a session: by the first process of it that asks."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

RUNTIME = Path(__file__).resolve().parent.parent / "platformio_tinyml" / "runtime"
KERNEL_FILES = sorted((RUNTIME / "src").glob("*.c"))
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-Wconversion")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
BUILDS = "TINYML_TEST_BUILDS"
"""Names the session's folder for it (conftest.py)."""
_OWN = tempfile.TemporaryDirectory(prefix="tinyml-builds-")


def once(name: str, make: Callable[[Path], None]) -> Path:
    """The file `name` in the session's folder. `make` writes it, while other processes that want it wait."""
    path = Path(os.environ.get(BUILDS) or _OWN.name, name)
    with path.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            fresh = path.with_name(f"{name}.new")
            make(fresh)
            fresh.rename(path)
    return path


def compile_kernels(compiler: Sequence[str | Path], target: Path, *more: str | Path) -> None:
    """All kernels in one, as a build compiles them: each by itself takes more than twice as long.

    Without the sanitizer that this process may be preloaded with, which would slow the compiler down too.
    """
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    source = "".join(f'#include "{file.name}"\n' for file in KERNEL_FILES)
    paths = ("-I", RUNTIME / "include", "-I", RUNTIME / "src")
    command = [*compiler, *paths, *more, "-x", "c", "-", "-o", target]
    subprocess.run(command, input=source, text=True, env=environment, check=True)


def sanitized_kernels(core: str = "plain", options: Sequence[str] = ()) -> Path:
    """The object of all kernels with the address and undefined behaviour sanitizers, of a core that `options` make."""
    # Inlined, the checks of the model of Helium's intrinsics take a compiler three times as long.
    command = ["gcc", "-std=c99", "-O1", "-g1", "-fno-inline", "-fPIC", *WARNINGS, *SANITIZERS, *options, "-c"]
    return once(f"{core}-sanitized.o", lambda target: compile_kernels(command, target))
