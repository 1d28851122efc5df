"""`pio-tinyml migrate`: a project with an interpreter of its own, and what to edit; nothing is written."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from ..errors import ExitCode, ModelError, UsageError
from ..files import read_text
from ..migrate.sketch import Migration, migrate
from ..model import Model
from ..model.naming import c_identifier, header_name, printable
from ..model_files import model_stem
from ..operators import lower_model
from ..schedule import schedule_arena
from ..shell_line import shell_line
from ..simplify import simplify
from ..tflite import read_model_file
from ..tool_env import PACKAGE

EXAMPLE = """example:
  pio-tinyml migrate . --model models/kws.tflite > migrate.diff
  patch -p1 < migrate.diff"""

_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".ino", ".h", ".hpp")
_FOLDERS = ("src", "include")
_LARGEST_SOURCE = 256 << 10
"""Bytes; larger ones are tables, as of a model."""
_MOST_SOURCES = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `migrate`."""
    parser.epilog = EXAMPLE
    parser.add_argument("project", metavar="PROJECT", type=Path, help="its folder, with src/ and include/")
    parser.add_argument("--model", metavar="FILE", type=Path, help="default: the only one in PROJECT/models/")


def run(args: argparse.Namespace) -> ExitCode:
    """Print the edits as a unified diff, behind lines that say what is sure and what is not."""
    folder, file = args.project, args.model or _only_model(args.project)
    model = read_model_file(file, c_identifier(model_stem(file)))
    texts = {path.relative_to(folder).as_posix(): text for path, text in _read(folder)}
    try:
        done = migrate(texts, model.name, header_name(model.name), _types(model))
    except RecursionError:
        raise UsageError("brackets or branches are nested too deeply", "Migrate it by hand.") from None
    if done is None:
        raise UsageError(
            f"no interpreter is found in {printable(str(folder))}",
            "TensorFlow Lite Micro, EloquentTinyML, Edge Impulse and X-CUBE-AI are known; see docs/migrating.md.",
        )
    shown = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file.resolve())
    for line in _summary(done, texts, model):
        print(f"# {line}" if line else "#")
    ini = folder / "platformio.ini"
    before = read_text(ini) if ini.is_file() else ""
    _print_diff("platformio.ini", before, _with_options(before, shown))
    for path, text in done.files.items():
        _print_diff(path, texts[path], text)
    return ExitCode.OK


def _types(model: Model) -> dict[str, str]:
    """Of inputs and outputs by their accessors."""
    ports = (("input", model.inputs), ("output", model.outputs))
    return {
        f"{kind}_{place}": model.tensors[index].type.name
        for kind, tensors in ports
        for place, index in enumerate(tensors)
    }


def _only_model(project: Path) -> Path:
    found = sorted(path for path in (project / "models").glob("*.tflite") if path.is_file())
    if len(found) != 1:
        many = "no .tflite file" if not found else "several models"
        extract = shell_line(["pio-tinyml", "extract", "src/model.h", "-o", str(project / "models" / "NAME.tflite")])
        raise UsageError(
            f"{many} in {printable(str(project / 'models'))}",
            "Name it with --model." if found else f"Is it an array in C? Then first: {extract}",
        )
    return found[0]


def _read(folder: Path) -> Iterator[tuple[Path, str]]:
    if not folder.is_dir():
        raise UsageError(f"{printable(str(folder))} is no folder", "Give the project's.")
    places = [folder.glob("*.ino"), *((folder / name).rglob("*") for name in _FOLDERS)]
    paths = sorted({path for place in places for path in islice(place, 10 * _MOST_SOURCES) if path.suffix in _SOURCES})
    for path in paths[:_MOST_SOURCES]:
        if path.is_file() and path.stat().st_size <= _LARGEST_SOURCE:
            try:
                yield path, read_text(path)
            except UnicodeDecodeError:
                raise UsageError(f"{printable(str(path))} is not UTF-8", "Migrate it by hand.") from None


def _summary(done: Migration, texts: Mapping[str, str], model: Model) -> Iterator[str]:
    yield f"{done.dialect.title} found. Nothing was written: this is a diff, for `patch -p1` in the project's folder."
    yield f"Sure: {done.dropped} statements go, {done.changed} expressions have an equal."
    before, after = (sum(map(_lines, files)) for files in ([texts[path] for path in done.files], done.files.values()))
    yield f"{before} lines of code become {after}."
    if done.arena is not None:
        yield f"The arena had {done.arena:,} bytes, set by hand; {_planned(model)}."
    if done.doubts:
        yield "NOT sure, look at these (lines of the files as they are):"
        yield from (f"  {printable(path)}:{line}: {what}" for path, line, what in done.doubts)


def _lines(text: str) -> int:
    """That are neither empty nor comments alone."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith(("//", "/*", "*")))


def _planned(model: Model) -> str:
    try:
        size = schedule_arena(lower_model(simplify(model).model)).plan.size
        return f"the compiled runtime's takes {size:,}"
    except ModelError as error:
        return f"the compiled runtime does not take this model ({error.message})"


def _with_options(ini: str, model: str) -> str:
    """The library and the model in the section that all environments share, else in each; what is there stays."""
    library = f"symlink://{PACKAGE.parent.as_posix()}"
    sections = re.split(r"^(?=\[)", ini, flags=re.MULTILINE)
    environments = [section for section in sections if re.match(r"\[env[:\]]", section)]
    if not environments:
        return f"{ini}[env]\nlib_deps = {library}\ncustom_tinyml_models = {model}\n"
    wanted = [section for section in environments if section.startswith("[env]")] or environments
    return "".join(_completed(section, library, model) if section in wanted else section for section in sections)


_VALUE = r"\s*=.*(?:\n[ \t]+\S.*)*"
"""An option's, with the lines that go on with it."""


def _completed(section: str, library: str, model: str) -> str:
    header, _, rest = section.partition("\n")
    new = ""
    models = re.search(f"^custom_tinyml_models{_VALUE}", rest, re.MULTILINE)
    if not models:
        new += f"custom_tinyml_models = {model}\n"
    elif model not in models[0]:
        rest = rest.replace(models[0], f"custom_tinyml_models = {model}", 1)
    libraries = re.search(f"^lib_deps{_VALUE}", rest, re.MULTILINE)
    if not libraries:
        new += f"lib_deps = {library}\n"
    elif "platformio-tinyml" not in libraries[0] and library not in libraries[0]:
        first, *more = libraries[0].partition("=")[2].splitlines()
        lines = [library, *([first.strip()] if first.strip() else []), *(line.strip() for line in more)]
        rest = rest.replace(libraries[0], "\n  ".join(["lib_deps =", *lines]), 1)
    return f"{header}\n{new}{rest}"


def _print_diff(path: str, before: str, after: str) -> None:
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{path}", f"b/{path}")
    for line in lines:
        print(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", end="")
