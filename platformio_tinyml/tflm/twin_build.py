"""Builds a twin: the sources of the project's library, and what was generated, for a machine that the emulator runs."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..errors import SetupError, UsageError
from ..files import read_text
from ..model.naming import printable
from ..typed_json import parse
from .link import PROBE_SOURCE, STRUCT_SIZES_FLAGS, link_flags
from .struct_sizes import STRUCT_SIZES_SOURCE, StructSizes, read_struct_sizes

SCHEMA = "tinyml-twin/1"
MACHINE = ("-march=rv32imac", "-mabi=ilp32")
_OWN_FLAGS = ("-w", "-fno-lto", "-ffunction-sections", "-fdata-sections")
_PICOLIBC = "--specs=picolibc.specs"
"""Where the compiler finds no C library without (Debian's)."""
_TIMEOUT = 600
_OF_ASSEMBLER = "Assembler messages:"
_INLINE = re.compile(rb"^\s*#APP\n(.*?)^\s*#NO_APP$", re.DOTALL | re.MULTILINE)
"""What GCC marks as written by hand."""
_TRAP = b"\tebreak"
"""In its place: init has no twin if it gets there."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Sources that are compiled with the same words: macros, include folders, flags that are of no machine."""

    words: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TwinPlan:
    """What to build.

    `compiler` is a GCC for RV32, `archiver` its ar; relative paths begin in `folder`. What the `library` is compiled
    to is kept in the folder `objects`, whose name changes with all that decides on it. `generated` is C++ and C of the
    model, and `cxx_words` are what struct_sizes.cc is compiled with.
    """

    compiler: str
    archiver: str
    folder: str
    objects: str
    library: tuple[Sources, ...]
    generated: tuple[Sources, ...]
    cxx_words: tuple[str, ...]


def read_plan(path: Path) -> TwinPlan:
    """Raises UsageError for anything else."""
    try:
        return parse(TwinPlan, read_text(path), SCHEMA)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no plan of a twin: {error}", "Build again.") from error


class _ForeignAssembly(SetupError):
    """The compiler takes a source, and the assembler does not: instructions of the target, written by hand."""


class TwinBuild:
    """The twin of a plan, built step by step. Each raises SetupError where the compiler does not take it."""

    def __init__(self, plan: TwinPlan) -> None:
        self._plan = plan
        self._command = (plan.compiler, *MACHINE, *_specs(plan))

    def struct_sizes(self, folder: Path) -> StructSizes:
        """How the twin lays out the library's structs."""
        made = folder / "twin_sizes.o"
        self._compile(str(STRUCT_SIZES_SOURCE), (*self._plan.cxx_words, *STRUCT_SIZES_FLAGS), made)
        return read_struct_sizes(made)

    def probe(self, name: str, folder: Path) -> Path:
        """The linked probe of the model `name`."""
        own = []
        for number, (source, words) in enumerate([*_each(self._plan.generated), (str(PROBE_SOURCE), ())]):
            own.append(str(folder / f"{number}.o"))
            self._compile(source, words, Path(own[-1]))
        # In the order of the project's own archives: of two that define a name it takes the same one.
        members, archive = folder / "members.txt", folder / "libtwin.a"
        members.write_text("".join(f"{_quoted(path)}\n" for path in self._library(Path(self._plan.objects))), "utf-8")
        self._run([self._plan.archiver, "rcs", str(archive), f"@{members}"], "has no archive")
        elf = folder / "twin.elf"
        # What is not compiled here (assembly, another archive) init may not call: the run tells.
        flags = [*link_flags(name), "-Wl,--unresolved-symbols=ignore-all"]
        self._run([*self._command, *flags, *own, str(archive), "-o", str(elf)], "does not link")
        return elf

    def _library(self, folder: Path) -> list[Path]:
        """Objects of the library, kept for other models."""
        folder.mkdir(parents=True, exist_ok=True)

        def kept(job: tuple[str, tuple[str, ...]]) -> Path:
            source, words = job
            made = folder / f"{hashlib.sha256(repr(job).encode('utf-8', 'replace')).hexdigest()[:16]}.o"
            if not made.is_file():
                with tempfile.TemporaryDirectory(dir=folder) as temporary:
                    part = Path(temporary, made.name)
                    self._compile(source, words, part)
                    part.replace(made)
            return made

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return list(dict.fromkeys(pool.map(kept, _each(self._plan.library))))

    def _compile(self, source: str, words: Sequence[str], made: Path) -> None:
        what = f"does not compile: {printable(Path(source).name)}"
        command = [*self._command, *words, *_OWN_FLAGS]
        try:
            self._run([*command, "-c", source, "-o", str(made)], what)
        except _ForeignAssembly:
            text = made.with_suffix(".s")
            self._run([*command, "-S", source, "-o", str(text)], what)
            text.write_bytes(_INLINE.sub(_trap, text.read_bytes()))
            self._run([*self._command, "-c", str(text), "-o", str(made)], what)

    def _run(self, command: Sequence[str], what: str) -> None:
        try:
            done = subprocess.run(
                command,
                cwd=self._plan.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SetupError(f"the twin {what}: {printable(str(error), 160)}") from error
        if done.returncode:
            refused = _ForeignAssembly if _OF_ASSEMBLER in done.stderr else SetupError
            raise refused(f"the twin {what}: {_first_error(done.stderr)}")


def _specs(plan: TwinPlan) -> tuple[str, ...]:
    for specs in ((), (_PICOLIBC,)):
        command = [plan.compiler, *MACHINE, *specs, "-x", "c", "-E", "-"]
        try:
            done = subprocess.run(command, input=b"#include <string.h>\n", capture_output=True, check=False)
        except OSError as error:
            raise SetupError(f"the twin's compiler does not start: {error.strerror}") from error
        if done.returncode == 0:
            return specs
    raise SetupError(f"{printable(Path(plan.compiler).name)} finds no C library for RV32")


def _each(groups: Sequence[Sources]) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((source, group.words) for group in groups for source in group.sources)


def _trap(by_hand: re.Match[bytes]) -> bytes:
    """Nothing where there is no instruction, as in a barrier."""
    lines = (line.strip() for line in by_hand[1].splitlines())
    return _TRAP if any(line and not line.startswith(b"#") for line in lines) else b""


def _quoted(path: Path) -> str:
    """A word of a response file."""
    return re.sub(r"([\s\\\"'])", r"\\\1", str(path))


def _first_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = next((line for line in lines if "error" in line.lower() or "undefined" in line), lines[-1] if lines else "")
    return printable(found, 160)
