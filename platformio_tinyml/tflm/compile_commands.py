"""The plan of a twin from compile_commands.json, in which CMake says how each source is compiled."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import SetupError
from ..files import read_bytes, read_text
from ..model.naming import printable
from .twin_build import Sources, TwinPlan
from .twin_words import CXX, SOURCES, portable

_INCLUDES = ("-I", "-isystem", "-iquote", "-idirafter")


def plan_of(commands: Path, compiler: str, objects: Sequence[Path], generated: Sequence[Path], kept: Path) -> TwinPlan:
    """What the twin by `compiler`, a GCC for RV32, is built of.

    `objects` are the library's, built. `generated` are the model's sources; those that no command compiles get the
    include folders of the C++ one. What is compiled is kept below `kept`. SetupError where the file says too little.
    """
    entries = _entries(commands)
    by_object = {_path(entry, _output(entry)): entry for entry in entries}
    by_source = {_path(entry, entry.get("file")): entry for entry in entries}
    objects, generated = ([_normal(path) for path in paths] for paths in (objects, generated))
    missing = [path for path in objects if path not in by_object]
    own = {path: by_source[path] for path in generated if path in by_source}
    missing += [path for path in generated if path.suffix in CXX and path not in own]
    if missing or not own:
        told = printable(missing[0].name) if missing else "the model's sources"
        raise SetupError(f"{commands.name} does not say how {told} is compiled", "CMake from 3.20 on does so.")
    cxx_words = _words(next(iter(own.values())))
    groups = _grouped(by_object[path] for path in objects)
    digest = hashlib.sha256(repr((compiler, groups)).encode("utf-8", "replace"))
    for path in objects:  # what they include decides too, and is in them
        digest.update(read_bytes(path))
    return TwinPlan(
        compiler=compiler,
        archiver=f"{compiler.removesuffix('.exe')[: -len('gcc')]}ar",
        folder=str(commands.parent.absolute()),  # where relative paths begin
        objects=str((kept / digest.hexdigest()[:16]).absolute()),
        library=groups,
        generated=tuple(
            Sources(_words(own[path]) if path in own else tuple(_include_folders(cxx_words)), (str(path),))
            for path in generated
        ),
        cxx_words=cxx_words,
    )


def _entries(path: Path) -> list[Mapping[str, object]]:
    try:
        found = json.loads(read_text(path))
    except (OSError, ValueError) as error:
        raise SetupError(f"{path.name} cannot be read: {printable(str(error), 100)}", "Configure anew.") from error
    if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
        raise SetupError(f"{path.name} holds no commands", "Configure anew.")
    return found


def _path(entry: Mapping[str, object], name: object) -> Path:
    return _normal(Path(str(entry.get("directory", "")), str(name or "")))


def _normal(path: Path) -> Path:
    """Absolute, as others may write it with dots in between."""
    return path.resolve()


def _output(entry: Mapping[str, object]) -> str:
    """What the command writes: older versions of CMake say it there alone."""
    words = _command(entry)
    named = words[words.index("-o") + 1 :][:1] if "-o" in words else []
    return str(entry.get("output") or "".join(named))


def _grouped(entries: Iterable[Mapping[str, object]]) -> tuple[Sources, ...]:
    """Sources by the words that they are compiled with, in their order."""
    found: dict[tuple[str, ...], list[str]] = {}
    for entry in entries:
        source = _path(entry, entry.get("file"))
        if source.suffix in SOURCES:
            found.setdefault(_words(entry), []).append(str(source))
    return tuple(Sources(words, tuple(sources)) for words, sources in found.items())


def _words(entry: Mapping[str, object]) -> tuple[str, ...]:
    """Of the command: those that are of no machine."""
    return tuple(portable(_expanded(_command(entry), Path(str(entry.get("directory", ""))))))


def _command(entry: Mapping[str, object]) -> list[str]:
    arguments, command = entry.get("arguments"), entry.get("command")
    return [str(word) for word in arguments] if isinstance(arguments, list) else _of_shell(str(command or ""))


def _expanded(words: Iterable[str], folder: Path) -> Iterator[str]:
    """With what response files say in their place."""
    for word in words:
        if word.startswith("@") and (folder / word[1:]).is_file():
            yield from _of_shell(read_text(folder / word[1:]))
        else:
            yield word


def _of_shell(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise SetupError(f"the project's flags are none of a shell's: {error}", "Correct them.") from error


def _include_folders(words: Sequence[str]) -> Iterator[str]:
    rest = iter(words)
    for word in rest:
        if word in _INCLUDES:
            yield from (word, next(rest, ""))
        elif word.startswith(_INCLUDES):
            yield word
