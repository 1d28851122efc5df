"""The profile of each model, after a link: made once for the same model, kernels, library and flags.

An edit of the application runs nothing, as a rule: what decides are the objects of the model, and such others as have
a say in what it calls, not the program that holds them.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ExitCode, SetupError
from ..files import write_text
from . import board, builder, cache
from .say import say

NOT_LINKED = "not-linked"
"""What `profile` says of a model that the program does not hold."""
NO_SYMBOL = "no-symbol"
"""The same where it lacks a function that a profile calls: that of an input that nothing fills."""
NO_EMULATOR = "no_emulator.txt"
"""In the cache, for a day: that it could not be installed. A build without a network is not to wait for it."""
_FILE = "profile.json"
_DAY = 24 * 3600
_WORD = re.compile(r"[A-Za-z0-9_]+")
_SHORTEST = 3
_NAME = re.compile(rb"\0([A-Za-z_][A-Za-z0-9_]{2,})(?=\0)")
"""A symbol's name in an object file, of _SHORTEST characters at least."""
_OF_ALL = {"aeabi", "riscv", "main"}
"""Names that every program has: of attributes, and the one function that a framework calls."""


@dataclass(frozen=True)
class Profiled:
    """A model to profile: the node of its manifest, and those that decide what its code is.

    `arguments` are more ones of `profile`. Where `objects` do not hold all of its code, the program decides.
    """

    name: str
    manifest: Any
    objects: tuple[Any, ...]
    arguments: tuple[str, ...] = ()
    whole: bool = True


def settings(env: Any) -> list[str]:
    """The arguments of `profile` that are the board's."""
    options = (
        ("--cpu", board.core(env)),
        ("--clock", board.clock(env)),
        ("--ma-per-mhz", board.tinyml(env, "ma_per_mhz")),
        ("--voltage", board.tinyml(env, "voltage")),
    )
    return [word for name, value in options if value for word in (name, str(value))]


def profile_all(env: Any, elf: Any, models: Iterable[Profiled], emulated: bool, folder: Path) -> list[str]:
    """Profile the models that the program calls; the arguments of `check` that tell it what was found.

    `emulated`: the target can be. Raises SetupError for options that make no sense.
    """
    program = Path(elf.get_abspath()).read_bytes()
    linked = [model for model in models if f"{model.name}_invoke\0".encode() in program]
    running = _with_emulator(env) if emulated and linked else None
    words = []
    for model in linked:
        arguments = [*settings(env), *model.arguments]
        key = _key(env, elf, model, [*arguments, str(bool(running))])
        text = _kept(running or env, key, elf, model, arguments)
        if text:
            path = folder / f"{model.name}_{_FILE}"
            write_text(path, text)
            words += ["--profile", str(path)]
    return words


def _kept(env: Any, key: str, elf: Any, model: Profiled, arguments: list[str]) -> str:
    """The profile from the cache, or made now and kept; "" where there is none."""
    store = Path(env["TINYML_CACHE"])
    entry = cache.lookup(store, key)
    if entry is None:
        entry = cache.make(store, key, lambda new: _profile(env, elf, model, arguments, new / _FILE))
    return (entry / _FILE).read_text("utf-8") if entry else ""


def _with_emulator(env: Any) -> Any:
    """An environment whose tool can emulate; None where that cannot be installed."""
    tool = env["TINYML_TOOL"].with_emulator()
    failed = Path(env["TINYML_CACHE"], NO_EMULATOR)
    if not tool.ready():
        if failed.is_file() and 0 <= time.time() - failed.stat().st_mtime < _DAY:
            say(f"TinyML: without the emulator profiles are estimates; to try again to install it, delete {failed}")
            return None
        try:
            tool.ensure(say)
        except SetupError as error:
            write_text(failed, f"{error.message}\n")
            say(
                f"TinyML: {error.message}\nTinyML: without it the profile is an estimate. A build tries again after a "
                f"day. When online: {tool.more[-1].install_line()}"
            )
            return None
    return env.Override({"TINYML_TOOL": tool})


def _key(env: Any, elf: Any, model: Profiled, arguments: list[str]) -> str:
    flags = str(elf.get_build_env().subst("$CC $CFLAGS $CXXFLAGS $CCFLAGS $LINKFLAGS $_LIBDIRFLAGS $_LIBFLAGS"))
    digest = hashlib.sha256(json.dumps([arguments, flags, builder.cached_tool_hash()]).encode())
    digest.update(Path(model.manifest.get_abspath()).read_bytes())
    own = list(_contents(model.objects))
    code = [node for node in own if not str(node).endswith("_tflite.o")]  # tensors have names too
    called = {each for node in code for each in _names(node) if not each.startswith(f"{model.name}_")}
    # With --wrap or --defsym of a name, or link-time optimisation, the objects do not tell what is called by it.
    if model.whole and "-flto" not in flags and called.isdisjoint(_WORD.findall(flags)):
        others = (node for node in _contents(elf.children()) if node not in own)
        for node in (*own, *(each for each in others if _has_a_say(each, called))):
            digest.update(str(node.get_csig()).encode())
    else:
        digest.update(Path(elf.get_abspath()).read_bytes())
    return digest.hexdigest()[:24]


def _contents(nodes: Iterable[Any]) -> Iterator[Any]:
    """Archives by what is in them: not every ar makes the same file of the same objects."""
    for node in nodes:
        yield from node.sources if str(node).endswith(".a") and node.sources else [node]


def _has_a_say(node: Any, called: Set[str]) -> bool:
    """Whether a file of the program may define what the model's objects have the names of: a kernel, memcpy.

    An object that does has the name too.
    """
    return not str(node).endswith(".o") or not called.isdisjoint(_endings(_names(node)))


def _names(node: Any) -> set[str]:
    return {each.decode() for each in _NAME.findall(Path(node.get_abspath()).read_bytes())} - _OF_ALL


def _endings(names: Iterable[str]) -> Iterator[str]:
    """Of two names of which one ends as the other a file has the longer alone."""
    return (name[start:] for name in names for start in range(len(name) - _SHORTEST + 1))


def _profile(env: Any, elf: Any, model: Profiled, arguments: list[str], path: Path) -> bool:
    """Write the profile to `path`; False where there is none to write."""
    words = ["profile", elf.get_abspath(), "--manifest", model.manifest.get_abspath(), *arguments, "--json"]
    result = builder.run_tool(env, words, f"TinyML: profiling {model.name}")
    if result.returncode:
        _refuse(model.name, result)
        return False
    write_text(path, result.stdout)
    return True


def _refuse(name: str, result: subprocess.CompletedProcess[str]) -> None:
    """Nothing, of a model that nothing calls. SetupError for an option; of another failure a line is all there is."""
    try:
        error = json.loads(result.stdout)["errors"][0]
        code, message = error["code"], str(error["message"])
    except (ValueError, LookupError, TypeError):
        code, message = "", result.stderr or f"it ended with exit code {result.returncode}"
    if code == NOT_LINKED:
        return
    if result.returncode == ExitCode.USAGE and code != NO_SYMBOL:
        raise SetupError(f"the profile of {name}: {message}", "Correct the board's options (docs/report.md).")
    say(f"TinyML: no profile of {name}: {message}")
