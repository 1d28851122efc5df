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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import ExitCode, SetupError
from ..files import write_text
from . import board, builder, cache, toolchain
from .say import say, say_how_far
from .stamp import hash_of

NOT_LINKED = "not-linked"
"""What `profile` says of a model that the program does not hold."""
NO_SYMBOL = "no-symbol"
"""The same where it lacks a function that a profile calls: that of an input that nothing fills."""
NO_EMULATOR = "no_emulator.txt"
"""In the cache, for a day: that it could not be installed. A build without a network is not to wait for it."""
CHANGED_LATER = "TINYML_CHANGED_LATER"
"""In the environment: whether actions of scripts follow the link, which may change the program."""
PROFILE, VERIFIED = "profile.json", "verified.json"
"""Files of an entry, and below $BUILD_DIR/tinyml with the model's name."""
DAY = 24 * 3600
_INITS = ("init", "init_with", "init_from")
_WORD = re.compile(r"[A-Za-z0-9_]+")
_SHORTEST = 3
_NAME = re.compile(rb"\0([A-Za-z_][A-Za-z0-9_]{2,})(?=\0)")
"""A symbol's name in an object file, of _SHORTEST characters at least."""
_SYMBOL_TABLE = b"\0.symtab\0"
"""Among the names of an ELF's sections, unless it was stripped."""
_OF_ALL = {"aeabi", "riscv", "main"}
"""Names that every program has: of attributes, and the one function that a framework calls."""


@dataclass(frozen=True)
class Profiled:
    """A model to profile: the node of its manifest, and those that decide what its code is.

    `invoke` is the C function that an inference ends in. `arguments` are more ones of `profile`. Where `objects` do not
    hold all of its code, the program decides. `path` is the int8 file, `golden` what inputs to verify it on lie in, if
    they do.
    """

    name: str
    invoke: str
    manifest: Any
    objects: tuple[Any, ...]
    arguments: tuple[str, ...] = ()
    whole: bool = True
    path: Path = Path()
    golden: Path | None = None


def settings(env: Any) -> list[str]:
    """The arguments of `profile` that are the board's."""
    options = (
        ("--cpu", board.core(env)),
        ("--mcu", board.mcu(env)),
        ("--clock", board.clock(env)),
        ("--ma-per-mhz", board.tinyml(env, "ma_per_mhz")),
        ("--voltage", board.tinyml(env, "voltage")),
    )
    return [word for name, value in options if value for word in (name, str(value))]


def is_linked(elf: Any, model: Profiled) -> bool:
    """Whether the program calls the model, as far as its names tell."""
    return f"{model.invoke}\0".encode() in Path(elf.get_abspath()).read_bytes()


def why_not_linked(elf: Any, model: Profiled) -> str:
    """What to say of a model that `is_linked` does not find."""
    if _SYMBOL_TABLE not in Path(elf.get_abspath()).read_bytes():
        return "the ELF has no symbols (link without -s)"
    return f"the firmware does not call {model.invoke}"


def profile_all(
    env: Any, elf: Any, models: Iterable[Profiled], running: Any, folder: Path, looks: Mapping[str, Sequence[str]]
) -> tuple[list[str], set[str]]:
    """Profile these models, which the program calls: the arguments of `check` that tell it what was found, and the
    names of those whose outputs were looked at.

    `running` is the environment whose tool emulates, None where it cannot be; `looks` are the arguments that let a
    profile compare outputs too, by model. Raises SetupError for options that make no sense.
    """
    words: list[str] = []
    looked_at = set()
    for model in models:
        look = looks.get(model.name, ())
        arguments = [*settings(env), *model.arguments, *look]
        entry = kept(running or env, elf, model, arguments, partial(_profile, running or env, elf, model, arguments))
        if entry:
            words += _given(entry / PROFILE, "--profile", folder, model.name)
        if entry and look:
            words += _given(entry / VERIFIED, "--verification", folder, model.name)
            looked_at.add(model.name)
    return words, looked_at


def _given(file: Path, argument: str, folder: Path, name: str) -> list[str]:
    """A copy of an entry's file where it can be found, as an argument of `check`."""
    path = folder / f"{name}_{file.name}"
    write_text(path, file.read_text("utf-8"))
    return [argument, str(path)]


def kept(env: Any, elf: Any, model: Profiled, words: Sequence[str], make: Callable[[Path], bool]) -> Path | None:
    """The folder with what a command with these words found of the model, from the cache, or made now; else None."""
    packages = [each.folder.name for each in env["TINYML_TOOL"].more]
    key = _key(env, elf, model, [*words, *packages])
    return cache.cache_of(env).obtain(key, make)


def with_emulator(env: Any) -> Any:
    """An environment whose tool can emulate; None where that cannot be installed."""
    tool = env["TINYML_TOOL"].with_emulator()
    failed = Path(env["TINYML_CACHE"], NO_EMULATOR)
    if not tool.ready():
        if failed.is_file() and 0 <= time.time() - failed.stat().st_mtime < DAY:
            say(f"TinyML: without the emulator profiles are estimates; to try again to install it, delete {failed}")
            return None
        try:
            tool.ensure(say_how_far)
        except SetupError as error:
            write_text(failed, f"{error.message}\n")
            say(
                f"TinyML: {error.message}\nTinyML: without it the profile is an estimate. A build tries again after a "
                f"day. When online: {tool.more[-1].install_line()}"
            )
            return None
    return env.Override({"TINYML_TOOL": tool})


def _key(env: Any, elf: Any, model: Profiled, arguments: Sequence[str]) -> str:
    flags = str(elf.get_build_env().subst("$CC $CFLAGS $CXXFLAGS $CCFLAGS $LINKFLAGS $_LIBDIRFLAGS $_LIBFLAGS"))
    decided = [toolchain.without_places(env, flags), toolchain.compiler_of(env)]
    # The path of a converted model changes with what it was made of.
    words = [hash_of(model.path) if word == str(model.path) else word for word in arguments]
    digest = hashlib.sha256(json.dumps([words, decided, builder.cached_tool_hash()]).encode())
    digest.update(Path(model.manifest.get_abspath()).read_bytes())
    # Without an init nothing runs, whatever the objects hold: the application decides on that.
    program = Path(elf.get_abspath()).read_bytes()
    digest.update(bytes(f"{model.name}_{init}\0".encode() in program for init in _INITS))
    own = list(_contents(model.objects))
    code = [node for node in own if not str(node).endswith("_tflite.o")]  # tensors have names too
    called = {each for node in code for each in _names(node) if not each.startswith(f"{model.name}_")}
    # With --wrap or --defsym of a name, or link-time optimisation, the objects do not tell what is called by it.
    told = "-flto" not in flags and called.isdisjoint(_WORD.findall(flags))
    if model.whole and told and not env.get(CHANGED_LATER):
        others = (node for node in _contents(elf.children()) if node not in own)
        for node in (*own, *(each for each in others if _has_a_say(each, called))):
            digest.update(str(node.get_csig()).encode())
    else:
        digest.update(program)
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


def _profile(env: Any, elf: Any, model: Profiled, arguments: Sequence[str], folder: Path) -> bool:
    """Write the profile into `folder`; False where there is none to write."""
    words = ["profile", elf.get_abspath(), "--manifest", model.manifest.get_abspath(), *arguments, "--json"]
    verifying = "--model" in arguments
    words += ["--verification", str(folder / VERIFIED)] if verifying else []
    doing = "profiling and verifying" if verifying else "profiling"
    result = builder.run_tool(env, words, f"TinyML: {doing} {model.name}")
    if result.returncode:
        _refuse(model.name, result)
        return False
    write_text(folder / PROFILE, result.stdout)
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
