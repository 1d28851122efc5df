"""What a twin of the project's TFLM library is built of (tflm/twin_build.py), where its target cannot be emulated."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from SCons.Subst import escape_list

from ..files import write_text
from ..fingerprint.compiler import compiler_told
from ..tflm.twin_words import CXX, SOURCES, portable
from . import builder, profile

_PREFIXES = ("riscv32-esp-elf-", "riscv32-unknown-elf-", "riscv-none-elf-", "riscv64-unknown-elf-")
_ALIKE = "xtensa-"
"""What the names of compilers begin with that lay structs out as RV32's do: Arm's enums, AVR's pointers are smaller."""


@dataclass(frozen=True)
class Twin:
    """Of `archives`, nodes of the library's (objects with `lib_archive = no`), and `generated`, objects of a model.

    `prefix` is what the names of the tools begin with, a path.
    """

    env: Any
    prefix: str
    archives: tuple[Any, ...]
    generated: tuple[Any, ...]

    def told(self) -> str:
        """What decides on the result beside the sources: the compiler, and whether it can be run (tried once a day)."""
        ready = self.env["TINYML_TOOL"].with_emulator().ready()
        return self._compiler() + ("" if ready else f", no emulator on day {int(time.time()) // profile.DAY}")

    def _compiler(self) -> str:
        return compiler_told(f"{self.prefix}gcc")

    def arguments(self, env: Any) -> tuple[Any, list[str]]:
        """An environment whose tool can emulate, and what `bound` is told: once all nodes are built."""
        emulating = profile.with_emulator(env)
        if emulating is None:
            return env, ["--no-twin", "the emulator is not installed"]
        objects = [node for archive in self.archives for node in builder.members(archive)]
        try:
            groups, generated, cxx_words = _grouped(objects), _grouped(self.generated), _words(self.generated[0])
        except ValueError as error:  # of shlex
            return env, ["--no-twin", f"the project's flags are none of a shell's: {error}"]
        digest = hashlib.sha256(json.dumps([self._compiler(), groups]).encode("utf-8", "replace"))
        for node in objects:
            digest.update(str(node.get_csig()).encode())
        kept = Path(env.subst("$BUILD_DIR"), "tinyml", "twin")
        folder = kept / digest.hexdigest()[:16]
        for other in kept.glob("*/"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
        plan = {
            "schema": "tinyml-twin/1",
            "compiler": f"{self.prefix}gcc",
            "archiver": f"{self.prefix}ar",
            "folder": env.Dir("#").get_abspath(),
            "objects": str(folder.absolute()),
            "library": groups,
            "generated": generated,
            "cxx_words": cxx_words,
        }
        path = kept / f"{Path(str(self.generated[0])).stem}.json"
        write_text(path, json.dumps(plan, indent=1) + "\n")
        return emulating, ["--twin-plan", str(path.absolute())]


def twin_of(env: Any, library: Any, archives: Sequence[Any], generated: Iterable[Any]) -> tuple[Twin | None, str]:
    """(the twin, ""), or (None, why there can be none, "" where nobody expects one). `generated` begins with C++."""
    if not Path(env.subst("$CC")).name.startswith(_ALIKE):
        return None, ""
    own = tuple(archive for archive in archives if archive.sources)
    if library.builder is None or not own:
        return None, "the project's TensorFlow Lite Micro comes as an archive"
    found = next(filter(None, (env.WhereIs(f"{prefix}gcc") for prefix in _PREFIXES)), None)
    if found is None:
        return None, f"there is no compiler for RV32 on PATH ({_PREFIXES[-1]}gcc, {_PREFIXES[0]}gcc ...)"
    return Twin(env, found.removesuffix(".exe")[: -len("gcc")], own, tuple(generated)), ""


def _grouped(objects: Iterable[Any]) -> list[dict[str, list[str]]]:
    """Sources by the words that they are compiled with, in their order. ValueError: no shell reads the words."""
    found: dict[tuple[str, ...], list[str]] = {}
    for node in objects:
        source = node.sources[0].srcnode()
        if source.get_suffix() in SOURCES:
            found.setdefault(tuple(_words(node)), []).append(source.get_abspath())
    return [{"words": list(words), "sources": sources} for words, sources in found.items()]


def _words(node: Any) -> list[str]:
    """Of the command that compiles `node`: those that are of no machine."""
    env, sources = node.get_build_env(), node.sources
    flags = "$CXXFLAGS" if sources[0].get_suffix() in CXX else "$CFLAGS"
    (line,) = env.subst_list(f"{flags} $CCFLAGS $_CCCOMCOM", target=[node], source=sources)
    return list(portable(shlex.split(" ".join(escape_list(line, env["ESCAPE"])))))
