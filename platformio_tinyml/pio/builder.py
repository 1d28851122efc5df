"""The SCons builder: `env.TinyML(...)` in any SConstruct, without PlatformIO.

    import sys

    sys.path.insert(0, "path/to/platformio-tinyml")
    from platformio_tinyml.pio import builder

    env = Environment()
    builder.generate(env)
    kws = env.TinyML("build/tinyml", "models/kws.tflite")
    kernels = env.TinyMLKernels("build/tinyml", [kws.manifest])
    env.Append(CPPPATH=["build/tinyml", *env["TINYML_CPPPATH"]])
    env.Program("app", ["main.c", *kws.sources, *kernels])

Construction variables: TINYML_TOOL, the ToolEnvironment that runs the tool (in PlatformIO's core directory);
TINYML_CACHE, the folder of generated models (`.tinyml` beside the SConstruct); TINYML_SHARED_CACHE, one that is shared
with others (None); TINYML_VERBOSE, print commands so that they can be pasted (True).
"""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..files import read_head, write_text
from ..labels import LARGEST_FILE, labels_file
from ..manifest import read_manifest
from ..model.naming import c_identifier, header_name
from ..shared_arena import SOURCE, shared_arena_text
from ..shell_line import shell_line
from ..streams import Streams
from ..tool_env import PACKAGE, ToolEnvironment, default_core_dir, tool_hash
from . import cache
from .say import ERROR, build_action, complain_of, say, say_how_far

RUNTIME_INCLUDE = PACKAGE / "runtime" / "include"
RUNTIME_SOURCES = PACKAGE / "runtime" / "src"
KERNELS = "tinyml_kernels.c"
KERNELS_LEVEL = "-O2"
"""Of the kernels, whatever the project's is; tinyml_core.h says it to GCC again, where somebody else compiles."""


@dataclass(frozen=True)
class TinymlNodes:
    """The nodes of one model: its header, the C sources to compile, the manifest for `check`.

    With the runtime tflm also `objects`, compiled as the library is; `archives`, the library's, if they are all of the
    model's code; `unmeasured`, the manifest before its arena was measured; `arena`, what was measured; `stand_ins`, the
    objects in the place of those of `sources` in a firmware that is measured (token.py).
    """

    header: Any
    sources: tuple[Any, ...]
    manifest: Any
    objects: tuple[Any, ...] = ()
    unmeasured: Any = None
    arena: Any = None
    archives: tuple[Any, ...] = ()
    stand_ins: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Request:
    """What to generate: the model's file, its C name, and the arguments of `generate` that name no folder.

    `places` are more arguments, which name some, and decide nothing that `library` does not.
    """

    model: Path
    name: str
    arguments: tuple[str, ...]
    library: str = ""
    """tflm: what identifies the library that `places` name."""
    labels: Path | None = None
    """The file that says what the scores are called."""
    places: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The cache key."""
        words = (*self.arguments, self.library, *([_hash_of(self.labels)] if self.labels else []))
        return cache.cache_key(self.model, words, cached_tool_hash())


def _hash_of(labels: Path) -> str:
    return f"{labels.name} {hashlib.sha256(read_head(labels, LARGEST_FILE + 1)).hexdigest()}"


cached_tool_hash = functools.lru_cache(maxsize=None)(tool_hash)


def generate(env: Any) -> None:
    """Add the builders to `env` (this is also SCons's protocol for a tool)."""
    env.SetDefault(
        TINYML_TOOL=ToolEnvironment(default_core_dir()),
        TINYML_CACHE=Path(env.Dir("#").get_abspath(), ".tinyml"),
        TINYML_SHARED_CACHE=None,
        TINYML_CPPPATH=[str(RUNTIME_INCLUDE)],
        TINYML_VERBOSE=True,
    )
    env.AddMethod(tinyml, "TinyML")
    env.AddMethod(tinyml_kernels, "TinyMLKernels")


def exists(env: Any) -> bool:
    """Part of SCons's protocol for a tool."""
    return True


def make_request(
    model: Path,
    name: str | None = None,
    *,
    keep_input: bool = False,
    simplify: bool = True,
    streams: Streams = Streams.ON,
    max_object: int | None = None,
    arena: str | None = None,
    by_rows: bool = False,
    rows_out: bool = False,
    labels: Path | None = None,
) -> Request:
    """The request for `model`; `max_object` is the largest C object in bytes that the target can have.

    `arena` is an argument of `generate` that says whose the arena is. `by_rows`: the input comes row by row,
    `rows_out`: the output goes so.
    `labels` is by default what lies beside `model`.
    """
    chosen = name or c_identifier(model.stem)
    arguments = ["--name", chosen]
    if keep_input:
        arguments.append("--keep-input")
    if not simplify:
        arguments.append("--no-simplify")
    if streams is not Streams.ON:
        arguments += ["--streams", streams.value]
    if max_object is not None:
        arguments += ["--max-object", str(max_object)]
    if arena is not None:
        arguments.append(arena)
    if by_rows:
        arguments.append("--rows")
    if rows_out:
        arguments.append("--output-rows")
    return Request(model, chosen, tuple(arguments), labels=labels or labels_file(model))


def tinyml(
    env: Any, folder: str, model: str | Request, name: str | None = None, *, include: str | None = None, **options: Any
) -> TinymlNodes:
    """Nodes that turn the .tflite file `model` into C in `folder`, its header in `include` (default: `folder` too).

    `name` and `options` are as for `make_request`.
    """
    if isinstance(model, Request):
        request = model
    else:
        request = make_request(Path(env.fs.File(str(model)).get_abspath()), name, **options)
    header = header_name(request.name)
    stem = header[: -len(".h")]
    directory = env.Dir(folder)
    names = [f"{stem}.c", f"{request.name}_weights.c", f"{request.name}_weights.h", f"{stem}.json"]
    targets = [env.Dir(include or folder).File(header), *(directory.File(each) for each in names)]
    nodes = generated(env, request, targets)
    return TinymlNodes(header=nodes[0], sources=tuple(nodes[1:3]), manifest=nodes[4])


def generated(env: Any, request: Request, targets: Sequence[Any]) -> list[Any]:
    """`targets`, files of what `generate` makes of `request`, as nodes; a header is the first."""
    settings = [request.model.name, *request.arguments, request.library, cached_tool_hash()]
    if request.model.is_file():  # else a conversion makes it first
        # SCons looks into no file whose time is as it was, and archives give all versions of a file the same time.
        settings.append(request.key)
    # env.File() would expand a `$` in the name of the user's file; fs.File() takes it as it is.
    sources = [env.fs.File(str(request.model)), env.Value(json.dumps(settings))]
    nodes: list[Any] = env.Command(targets, sources, env.Action(build_action(_generate), None), TINYML_REQUEST=request)
    return always_as_kept(env, nodes)


def always_as_kept(env: Any, nodes: list[Any]) -> list[Any]:
    """`nodes`, files of ours whose action writes what differs: run in every build, whatever has become of them.

    SCons does not look into a file that it has made. What has not changed stays as it is, and nothing is compiled.
    """
    env.AlwaysBuild(nodes)
    # SCons would delete them first; an editor that looks meanwhile would find none, and all would be new.
    env.Precious(nodes)
    env.NoCache(nodes)
    return nodes


def tinyml_kernels(env: Any, folder: str, manifests: Sequence[Any]) -> list[Any]:
    """Objects of the kernels that the models of these manifests call, from one source for the whole firmware."""
    nodes = env.Command(env.Dir(folder).File(KERNELS), list(manifests), env.Action(build_action(_list_kernels), None))
    always_as_kept(env, nodes)
    paths = [str(RUNTIME_INCLUDE), str(RUNTIME_SOURCES)]
    objects: list[Any] = env.Object(
        nodes[0],
        CPPPATH=list(dict.fromkeys([*paths, *env.Flatten(env.get("CPPPATH", []))])),
        CCFLAGS=[*env.Flatten(env.get("CCFLAGS", [])), KERNELS_LEVEL],
    )
    return objects


def shared_arena(env: Any, folder: str, manifests: Sequence[Any]) -> list[Any]:
    """The object of the arena that the models of these manifests share."""
    action = env.Action(build_action(_write_shared_arena), None)
    nodes = always_as_kept(env, env.Command(env.Dir(folder).File(SOURCE), list(manifests), action))
    objects: list[Any] = env.Object(nodes[0])
    return objects


def obtain(env: Any, request: Request) -> Path | None:
    """The folder with all files of `request`, from the cache or made now; None when `generate` refused and said why."""
    key = request.key

    def produce(new: Path) -> bool:
        done = _run_generate(env, request, new)
        if done and request.key != key:
            raise UsageError(f"{request.model} changed while C was generated of it", "Build again.")
        return done

    return cache.cache_of(env).obtain(key, produce)


def announced_command(env: Any, arguments: Sequence[str], short: str) -> list[str]:
    """The command `pio-tinyml ARGUMENTS`, announced by `short` or by a line that can be pasted, about to be run."""
    tool = env["TINYML_TOOL"]
    tool.ensure(say_how_far)
    command: list[str] = tool.command(arguments)
    say(shell_line(command) if env["TINYML_VERBOSE"] else short)
    return command


def members(node: Any) -> list[Any]:
    """Nodes of the objects in an archive that is built; of another one, and of an object, the node itself."""
    return [each for each in node.sources if each.sources] or [node]


def run_tool(env: Any, arguments: Sequence[str], short: str) -> subprocess.CompletedProcess[str]:
    """Run `pio-tinyml ARGUMENTS` from the project folder; see `announced_command`."""
    return subprocess.run(
        announced_command(env, arguments, short),
        cwd=env.Dir("#").get_abspath(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _run_generate(env: Any, request: Request, folder: Path) -> bool:
    arguments = ["generate", str(request.model), "-o", str(folder), *request.arguments, *request.places]
    arguments += ["--labels", str(request.labels)] if request.labels else []
    result = run_tool(env, arguments, f"TinyML: generating {header_name(request.name)} from {request.model.name}")
    if result.returncode:
        complain_of(request.name, result.stderr or f"{ERROR}generate ended with exit code {result.returncode}")
    return result.returncode == 0


def _generate(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    entry = obtain(env, env["TINYML_REQUEST"])
    if entry is None:
        return 1
    for node in target:
        path = Path(node.get_abspath())
        write_text(path, (entry / path.name).read_text("utf-8"))
    return 0


def _write_shared_arena(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    manifests = [read_manifest(Path(node.get_abspath())) for node in source]
    write_text(Path(target[0].get_abspath()), shared_arena_text(manifests, "Of the models of this firmware."))
    return 0


def _list_kernels(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    names: set[str] = set()
    for node in source:
        names.update(read_manifest(Path(node.get_abspath())).kernels)
    lines = ["/* The kernels that this firmware's models call, in one translation unit. */"]
    lines += [f'#include "{name}"' for name in sorted(names)]
    write_text(Path(target[0].get_abspath()), "\n".join(lines) + "\n")
    return 0
