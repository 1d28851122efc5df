"""The tflm runtime as nodes: generated C++ that goes with a project's TensorFlow Lite Micro, and the arena measured.

    model, headers of the library      -> header, C++, bytes, manifest    generate, one process
    those, the library's own archives  -> arena, bytes, manifest          link and probe, one process

What was measured is kept by content: neither the link nor the process is repeated for the same model, library, flags.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from SCons.Defaults import processDefines
from SCons.Scanner import FindPathDirs
from SCons.Scanner.Prog import scan
from SCons.Script import Action

from ..config import Config, ModelConfig
from ..errors import SetupError, UsageError
from ..files import write_text
from ..model.naming import header_name
from ..tflm.link import LINKER_SCRIPT, PROBE_SOURCE, link_flags
from . import board, builder, cache
from .say import build_action, complain

CARRIED = ("TF_LITE_STATIC_MEMORY", "TF_LITE_STRIP_ERROR_STRINGS")
"""Macros on which a library and its users must agree: one changes types, the other what has to be linked."""

HELIUM = ("-mcpu=cortex-m52", "-mcpu=cortex-m55", "-mcpu=cortex-m85")
"""Cores that the emulator lacks."""

MICRO = "tensorflow/lite/micro"
HEADER = f"{MICRO}/micro_interpreter.h"


@dataclass(frozen=True)
class Library:
    """A project's TFLM: the folder that its headers are included from, and PlatformIO's builder of it.

    `builder` is None where a framework brings TFLM: then it is in LIBS.
    """

    include: Path
    builder: Any = None

    def identity(self) -> str:
        """Hash of the headers that `generate` reads."""
        digest = hashlib.sha256()
        micro = self.include / MICRO
        for path in sorted([*micro.glob("*.h"), *micro.glob("kernels/*.h")]):
            digest.update(f"{path.relative_to(micro).as_posix()}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Measuring:
    """How to measure one model: `arguments` of probe that name no file; the environment that links, with what.

    `types` tell of both sides' types (tflm/agreement.py).
    """

    name: str
    arguments: tuple[str, ...]
    manifest: Any
    elf: Any
    link_env: Any
    objects: tuple[Any, ...]
    types: tuple[Any, ...]
    bound: tuple[Any, ...] = ()
    """Where the target cannot be emulated: the object with the sizes of TFLM's structs."""


def choose_library(env: Any, runtime: str) -> Library | None:
    """The library that runs the models; None for the runtime `compiled`. `runtime` is as in config.RUNTIMES."""
    library = find_library(env) if runtime != "compiled" else None
    if library is None and runtime == "tflm":
        raise UsageError(
            f"custom_tinyml_runtime = tflm, and no library of the project has {HEADER}",
            "Add a TensorFlow Lite Micro library to lib_deps, or write custom_tinyml_runtime = auto.",
        )
    return library


def find_library(env: Any) -> Library | None:
    """The TFLM among the project's libraries and include folders. UsageError where there are several."""
    found: dict[Path, Library] = {}
    for lib in env.GetLibBuilders():
        for folder in lib.get_include_dirs():
            if Path(folder, HEADER).is_file():
                found.setdefault(Path(folder).resolve(), Library(Path(folder), lib))
    for folder in env.Flatten(env.get("CPPPATH", [])):
        path = Path(env.Dir(folder).get_abspath())
        if (path / HEADER).is_file():
            found.setdefault(path.resolve(), Library(path))
    if len(found) > 1:
        raise UsageError(
            "several libraries of the project have TensorFlow Lite Micro: " + ", ".join(map(str, sorted(found))),
            "Name those not to take in lib_ignore, or write custom_tinyml_runtime = compiled.",
        )
    return next(iter(found.values()), None)


def require(builder_of_user: Any, library: Library) -> None:
    """Let PlatformIO build and link `library`: its dependency finder does not read what we generate."""
    lib = library.builder
    if lib is None:
        return
    was_found = lib.is_dependent
    builder_of_user.depend_on(lib)
    if not was_found:
        lib.search_deps_recursive(lib.get_search_files())


def make_request(request: builder.Request, library: Library) -> builder.Request:
    """The same request for this runtime."""
    arguments = ["--name", request.name, "--runtime", "tflm", "--tflm-include", str(library.include)]
    if "--keep-input" in request.arguments:
        arguments.append("--keep-input")
    return builder.Request(request.model, request.name, tuple(arguments), library.identity())


def agree(env: Any, folder: str, library: Library, user: Any) -> tuple[Any, ...]:
    """Give the library's macros to `user`, the environment of the project's sources; the objects that prove it."""
    theirs = _library_env(env, library)
    defines = [each for each in processDefines(theirs.get("CPPDEFINES", [])) if each.partition("=")[0] in CARRIED]
    user.AppendUnique(CPPDEFINES=defines)
    ours = user.Clone()
    ours.AppendUnique(CPPPATH=theirs["CPPPATH"])
    # The headers may want a newer C++ than the application takes, and it may be stricter; neither changes a type.
    standards = [word for part in ("CXXFLAGS", "CCFLAGS") for word in _words(theirs, part) if word.startswith("-std=")]
    for side in (theirs, ours):
        side.Append(CCFLAGS=[*standards, "-fno-lto", "-w"])
    source = str(PROBE_SOURCE.with_name("agreement.cc"))
    sides = (("library", theirs), ("application", ours))
    return tuple(node for name, side in sides for node in side.Object(env.Dir(folder).File(f"{name}.o"), source))


def model_nodes(
    env: Any,
    folder: str,
    include: str,
    request: builder.Request,
    library: Library,
    types: tuple[Any, ...],
    options: tuple[str, ...],
) -> builder.TinymlNodes:
    """Nodes of one model, after PlatformIO has built the library; `options` are arguments of probe."""
    name, stem = request.name, header_name(request.name)[: -len(".h")]
    final, unmeasured = env.Dir(folder), env.Dir(folder).Dir("probe")
    targets = [
        env.Dir(include).File(f"{stem}.h"),
        env.Dir(include).File(f"{name}_tflm.h"),
        final.File(f"{stem}.cc"),
        unmeasured.File(f"{name}_tflite.c"),
        unmeasured.File(f"{stem}.json"),
    ]
    header, _, code, array, manifest = builder.generated(env, request, targets)
    code_object = _library_env(env, library).Object(code)
    objects = [*code_object, *env.Object(array), *env.Object(unmeasured.File("probe.o"), str(PROBE_SOURCE))]
    for node in objects:
        env.Requires(node, header)
    link_env = _link_env(env, library, name)
    bound = () if can_be_emulated(env) else _struct_sizes(env, library, unmeasured)
    if bound:
        plan = ("--model", str(request.model), "--kernels", kernels_of(env, library))
        options = (*plan, *_without_offline_plan(options))
        objects = [*bound, env.fs.File(str(request.model))]
    elf = unmeasured.File("probe.elf")
    measuring = Measuring(name, options, manifest, elf, link_env, tuple(objects), types, bound)
    results = [
        final.File(each) for each in (f"{name}_arena.c", f"{name}_tflite.c", f"{stem}.json", f"{name}_arena.json")
    ]
    settings = json.dumps([*options, builder.cached_tool_hash(), _link_command(link_env)])
    measured = env.Command(
        results,
        [manifest, *objects, *types, *([] if bound else link_env["TINYML_ARCHIVES"]), env.Value(settings)],
        env.Action(_measure, None),
        TINYML_MEASURING=measuring,
    )
    env.NoCache(measured)
    arena, array, manifest, report = measured
    return builder.TinymlNodes(
        header=header,
        sources=(arena, array),
        manifest=manifest,
        objects=tuple(code_object),
        arena=None if bound else report,
        archives=tuple(link_env["TINYML_ARCHIVES"]),
    )


def probe_options(config: Config, model: ModelConfig) -> tuple[str, ...]:
    """The arguments of probe that options of platformio.ini set."""
    pairs = (
        ("--arena-margin", config.arena_margin),
        ("--arena-size", model.arena_size),
        ("--offline-plan", "auto" if config.offline_plan else "off"),
    )
    return tuple(word for name, value in pairs if value for word in (name, value))


def can_be_emulated(env: Any) -> bool:
    """Cortex-M without Helium and RISC-V, by the compiler's name and flags; the emulator itself refuses RV64."""
    words = [word for part in ("CCFLAGS", "LINKFLAGS") for word in _words(env, part)]
    if any(word.startswith(HELIUM) for word in words):
        return False
    compiler = Path(env.subst("$CC")).name
    return compiler.startswith(("arm-", "riscv")) or any(
        word.startswith(("-mcpu=cortex-m", "-march=rv")) for word in words
    )


def refuse_bound(env: Any, library: Library, config: Config) -> None:
    """Raises UsageError where custom_tinyml_require wants more than can be had, or there is no bound either."""
    if can_be_emulated(env):
        return
    kernels_of(env, library)
    if config.require == "emulated":
        raise UsageError(
            "custom_tinyml_require = emulated, and this target cannot be emulated: its arena would be a bound",
            "Write custom_tinyml_require = bound, or custom_tinyml_runtime = compiled.",
        )


def _struct_sizes(env: Any, library: Library, folder: Any) -> tuple[Any, ...]:
    own = _library_env(env, library)
    own.Append(CCFLAGS=["-std=c++17", "-fno-lto", "-w"])
    return tuple(own.Object(folder.File("struct_sizes.o"), str(PROBE_SOURCE.with_name("struct_sizes.cc"))))


def kernels_of(env: Any, library: Library) -> str:
    """The kernels that `library` is built with, as `bound` calls them: by its folders."""
    kernels = library.include / MICRO / "kernels"
    vendors = {path.name for path in kernels.iterdir() if path.is_dir() and any(path.glob("*.c*"))}
    if "cmsis_nn" in vendors:
        helium = any(word.startswith(HELIUM) for word in _words(env, "CCFLAGS"))
        return "cmsis-nn-mve" if helium else "cmsis-nn"
    if "esp_nn" in vendors:
        return "esp-nn-s3" if board.mcu(env) == "esp32s3" else "esp-nn"
    if others := vendors - {"testdata"}:
        raise UsageError(
            f"this target cannot be emulated, and of the kernels in {kernels / min(others)} no bound is known",
            "Write custom_tinyml_runtime = compiled.",
        )
    return "reference"


def _without_offline_plan(options: tuple[str, ...]) -> tuple[str, ...]:
    """A bound is of the model as it is."""
    at = options.index("--offline-plan")
    return options[:at] + options[at + 2 :]


def _library_env(env: Any, library: Library) -> Any:
    """What compiles the generated C++: the library's own environment, so that both see the same types."""
    own = (library.builder.env if library.builder else env).Clone()
    own.AppendUnique(CPPPATH=[str(library.include), *env["CPPPATH"]])
    return own


def _link_env(env: Any, library: Library, name: str) -> Any:
    """What links the probe: machine, library and optimisation flags as for the firmware, our script, no startup."""
    lib_env = library.builder.env if library.builder else env
    archives = list(_archives(env, library.builder)) if library.builder else []
    # The framework's, too: what links with them has to wait for them.
    archives += scan(None, lib_env, FindPathDirs("LIBPATH")(lib_env))
    words = [word for part in ("CCFLAGS", "LINKFLAGS") for word in _words(lib_env, part) if word.startswith("-m")]
    words += [word for word in _words(env, "LINKFLAGS") if word.startswith(("--specs=", "-specs=", "-O", "-f"))]
    return lib_env.Clone(
        # What the platform links with; SCons's own choice goes by sources, and knows no archives.
        LINK=str(lib_env["LINK"]).replace("$SMARTLINK", "$CXX"),
        LINKFLAGS=[*dict.fromkeys(words), *link_flags(name)],
        TINYML_ARCHIVES=archives,
        _LIBFLAGS=f"-Wl,--start-group $TINYML_ARCHIVES {lib_env['_LIBFLAGS']} -Wl,--end-group",
    )


def _words(env: Any, variable: str) -> list[str]:
    return [str(env.subst(str(word))) for word in env.Flatten(env.get(variable, []))]


def _archives(env: Any, lib: Any) -> Iterator[Any]:
    """What the builder `lib` and those that it depends on have made: an archive, or objects if lib_archive = no."""
    path = Path(lib.env.subst(lib.build_dir))
    archive = env.File(str(path.with_name(lib.env.subst("${LIBPREFIX}" + path.name + "${LIBSUFFIX}"))))
    if archive.has_builder():
        yield archive
    else:
        folder = env.Dir(str(path))
        files = env.Flatten(env.get("PIOBUILDFILES", []))
        yield from (node for node in files if hasattr(node, "is_under") and node.is_under(folder))
    for other in lib.depbuilders:
        yield from _archives(env, other)


def _link_command(link_env: Any) -> str:
    """The flags of the link as one text; the version of the linker script with them."""
    flags: str = link_env.subst("$LINK $LINKFLAGS $_LIBDIRFLAGS $_LIBFLAGS")
    return flags + hashlib.sha256(LINKER_SCRIPT.read_bytes()).hexdigest()


@build_action
def _measure(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    measuring: Measuring = env["TINYML_MEASURING"]
    folder = Path(env["TINYML_CACHE"])
    digest = hashlib.sha256()
    for node in source:
        # An archive by what is in it: not every ar makes the same file of the same objects.
        for content in node.sources if node in measuring.link_env["TINYML_ARCHIVES"] and node.sources else [node]:
            digest.update(str(content.get_csig()).encode())
    key = digest.hexdigest()[:24]
    entry = cache.lookup(folder, key) or cache.make(folder, key, lambda new: _link_and_probe(env, measuring, new))
    if entry is None:
        return 1
    for node in target:
        path = Path(node.get_abspath())
        write_text(path, (entry / path.name).read_text("utf-8"))
    return 0


def _link_and_probe(env: Any, measuring: Measuring, folder: Path) -> bool:
    if measuring.bound:
        words = ["bound", measuring.bound[0].get_abspath()]
        return _run_measuring(env, measuring, words, folder, f"TinyML: bounding the arena of {measuring.name}")
    link_env, elf = measuring.link_env, measuring.elf
    link = Action("$LINKCOM", "$LINKCOMSTR")
    if link([elf], list(measuring.objects), link_env):
        raise SetupError(
            f"the probe of {measuring.name} does not link with the project's TensorFlow Lite Micro",
            "The linker's message says what the library lacks.",
        )
    tool = env.Override({"TINYML_TOOL": env["TINYML_TOOL"].with_emulator()})
    words = ["probe", elf.get_abspath()]
    return _run_measuring(tool, measuring, words, folder, f"TinyML: measuring the arena of {measuring.name}")


def _run_measuring(env: Any, measuring: Measuring, words: list[str], folder: Path, short: str) -> bool:
    arguments = [*words, "--manifest", measuring.manifest.get_abspath(), "-o", str(folder), *measuring.arguments]
    arguments += ["--types", *(node.get_abspath() for node in measuring.types)]
    result = builder.run_tool(env, arguments, short)
    if result.returncode:
        complain(result.stderr or f"TinyML: {words[0]} ended with exit code {result.returncode}")
    return result.returncode == 0
