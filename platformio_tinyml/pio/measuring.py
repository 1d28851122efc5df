"""How a model's arena becomes known in a build: a program run in the emulator, or a bound where it cannot be run.

What was found is kept by content: the process is not repeated for the same program, model, library and flags. Nor is
the link, where the program is a probe of objects and archives that are nodes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from SCons.Script import Action

from ..errors import SetupError
from ..files import write_text
from ..tflm.link import LINKER_SCRIPT
from . import builder, cache, toolchain
from .say import ERROR, build_action, complain_of, say
from .twin import Twin


@dataclass(frozen=True)
class Link:
    """How a probe is linked, once it is known to be a new one."""

    env: Any
    objects: tuple[Any, ...]
    archives: tuple[Any, ...]

    def command(self) -> str:
        """The flags as one text; the version of the linker script with them."""
        flags: str = self.env.subst("$LINK $LINKFLAGS $_LIBDIRFLAGS $_LIBFLAGS")
        return flags + hashlib.sha256(LINKER_SCRIPT.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Measuring:
    """The command, `probe` or `bound`, of the model `name`; the node of its file; its other arguments.

    `types` tell of both sides' types (tflm/agreement.py). `link` is None where `file` is a node that is built before.
    `twin` is built where that is known, for `bound`.
    """

    name: str
    command: str
    file: Any
    arguments: tuple[str, ...]
    manifest: Any
    types: tuple[Any, ...]
    link: Link | None = None
    twin: Twin | None = None

    def archives(self) -> tuple[Any, ...]:
        """Whose members count, and not the files: not every ar makes the same file of the same objects."""
        built_of = self.link or self.twin
        return built_of.archives if built_of else ()


def measure(env: Any, results: Sequence[Any], measuring: Measuring, also: Sequence[Any] = ()) -> list[Any]:
    """`results`, files that the command writes, as nodes; `also` are more nodes whose content tells."""
    link = measuring.link
    content = [*(link.objects if link else [measuring.file]), *measuring.archives()]
    twin = [measuring.twin.told()] if measuring.twin else []
    words = [toolchain.without_places(env, word) for word in (*measuring.arguments, link.command() if link else "")]
    settings = json.dumps([*words, *twin, builder.cached_tool_hash(), toolchain.compiler_of(env)])
    sources = [measuring.manifest, *content, *also, *measuring.types, env.Value(settings)]
    nodes: list[Any] = env.Command(results, sources, env.Action(_measure, None), TINYML_MEASURING=measuring)
    return builder.always_as_kept(env, nodes)


@build_action
def _measure(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    measuring: Measuring = env["TINYML_MEASURING"]
    archives = measuring.archives()
    digest = hashlib.sha256()
    for node in source:
        for content in builder.members(node) if node in archives else [node]:
            digest.update(str(content.get_csig()).encode())
    key = digest.hexdigest()[:24]
    entry = cache.cache_of(env).obtain(key, lambda new: _run(env, measuring, new))
    if entry is None:
        return 1
    for node in target:
        path = Path(node.get_abspath())
        write_text(path, (entry / path.name).read_text("utf-8"))
    return 0


def _run(env: Any, measuring: Measuring, folder: Path) -> bool:
    doing = "bounding"
    if measuring.link:
        _link(measuring, measuring.link)
    if measuring.command == "probe":
        doing = "measuring"
        env = env.Override({"TINYML_TOOL": env["TINYML_TOOL"].with_emulator()})
    arguments = [measuring.command, measuring.file.get_abspath(), "--manifest", measuring.manifest.get_abspath()]
    arguments += ["-o", str(folder), *measuring.arguments]
    arguments += ["--types", *(node.get_abspath() for node in measuring.types)]
    if measuring.twin:
        env, words = measuring.twin.arguments(env)
        arguments += words
    built = ", its library built for RV32 too" if measuring.twin else ""
    result = builder.run_tool(env, arguments, f"TinyML: {doing} the arena of {measuring.name}{built}")
    if result.returncode:
        complain_of(
            measuring.name, result.stderr or f"{ERROR}{measuring.command} ended with exit code {result.returncode}"
        )
    elif measuring.command == "bound":
        _say_why_no_twin(measuring.name, folder)
    return result.returncode == 0


def _say_why_no_twin(name: str, folder: Path) -> None:
    document = json.loads((folder / f"{name}_arena.json").read_text("utf-8"))
    if document["no_twin"]:
        say(f"TinyML: {name}: the arena is of method {document['method']}: {document['no_twin']}")


def _link(measuring: Measuring, link: Link) -> None:
    if Action("$LINKCOM", "$LINKCOMSTR")([measuring.file], list(link.objects), link.env):
        raise SetupError(
            f"the probe of {measuring.name} does not link with the project's TensorFlow Lite Micro",
            "The linker's message says what the library lacks. If the project has it elsewhere, write "
            "custom_tinyml_arena_from = firmware.",
        )
