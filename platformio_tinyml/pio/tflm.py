"""The tflm runtime as nodes: generated C++ that goes with a project's TensorFlow Lite Micro, and the arena measured.

    model, headers of the library      -> header, C++, bytes, manifest    generate, one process
    those, the library's own archives  -> arena, bytes, manifest          link and probe, one process

How the arena becomes known, and that it is kept, is measuring.py's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Defaults import processDefines
from SCons.Scanner import FindPathDirs
from SCons.Scanner.Prog import scan
from SCons.Util import adjustixes

from ..config import Config, ModelConfig
from ..errors import UsageError
from ..model.naming import header_name
from . import board, builder
from .headers import tflm_header

if TYPE_CHECKING:
    from .measuring import Link

# measuring, token and ..tflm.link are imported where they are used: builds with another runtime do not wait for them.

ARENAS = ("--share-arena", "--user-arena")
"""Arguments of `generate` that say whose the arena is."""

CARRIED = ("TF_LITE_STATIC_MEMORY", "TF_LITE_STRIP_ERROR_STRINGS")
"""Macros on which a library and its users must agree: one changes types, the other what has to be linked."""

HELIUM = ("-mcpu=cortex-m52", "-mcpu=cortex-m55", "-mcpu=cortex-m85")
"""Cores that the emulator lacks."""

MICRO = "tensorflow/lite/micro"
HEADER = f"{MICRO}/micro_interpreter.h"


_NO_VENDORS = {"testdata", "test_data_generation"}
"""Folders of TFLM's kernels that hold sources, and no vendor's kernels."""


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


def make_request(env: Any, request: builder.Request, library: Library, config: Config) -> builder.Request:
    """The same request for this runtime."""
    arguments = ["--name", request.name, "--runtime", "tflm"]
    places = ("--tflm-include", str(library.include))
    kernels = kernels_of(env, library)
    if kernels and "-" in Path(env.subst("$CC")).name:  # a cross compiler: the sizes that generate knows fit its target
        arguments += ["--kernels", kernels]
    arguments += [f"--custom-op={name}={function}" for name, function in config.custom_operators]
    arguments += ["--split-arena"] if config.split_arena else []
    arguments += [each for each in ("--keep-input", "--rows", "--output-rows", *ARENAS) if each in request.arguments]
    return builder.Request(request.model, request.name, tuple(arguments), library.identity(), request.labels, places)


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
    from ..tflm.link import PROBE_SOURCE

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
    firmware: Any = None,
    traced: Sequence[str] = (),
    device_arena: tuple[int, int | None] | None = None,
    twin: bool = False,
) -> builder.TinymlNodes:
    """Nodes of one model, after PlatformIO has built the library; `options` are arguments of probe.

    `firmware` is the program to measure where that is not the probe (token.py); `traced` are more flags for what goes
    into the firmware (selftest.py), and not into the probe. `device_arena` is what a
    device took, and the part of it that lies beside, where no emulator can; there the library is built for another
    machine if `twin`.
    """
    from ..tflm.link import PROBE_SOURCE
    from . import token
    from .measuring import Measuring, measure
    from .twin import twin_of

    name, stem = request.name, header_name(request.name)[: -len(".h")]
    final, unmeasured = env.Dir(folder), env.Dir(folder).Dir("probe")
    targets = [
        env.Dir(include).File(f"{stem}.h"),
        env.Dir(include).File(tflm_header(name)),
        final.File(f"{stem}.cc"),
        unmeasured.File(f"{name}_tflite.c"),
        unmeasured.File(f"{stem}.json"),
    ]
    header, _, code, array, manifest = builder.generated(env, request, targets)
    own = _library_env(env, library)
    code_object = in_firmware = own.Object(code)
    if traced:
        in_firmware = own.Object(final.File(f"{stem}_traced.o"), code, CCFLAGS=[*own["CCFLAGS"], *traced])
    array_object = env.Object(array)
    for node in (*code_object, *in_firmware, *array_object):
        env.Requires(node, header)
    results = [
        final.File(each) for each in (f"{name}_arena.c", f"{name}_tflite.c", f"{stem}.json", f"{name}_arena.json")
    ]
    emulated, stand_ins = can_be_emulated(env), []
    archives = _all_archives(env, library)
    if not emulated:
        (sizes,) = _struct_sizes(env, library, unmeasured)
        kernels = str(kernels_of(env, library))  # refuse_bound has seen to it
        words = ("--model", str(request.model), "--kernels", kernels, *_without_offline_plan(options))
        if device_arena is not None:
            size, beside = device_arena
            words += ("--device-arena", str(size), *(("--device-persistent", str(beside)) if beside else ()))
        other, no_twin = twin_of(env, library, archives, [*code_object, *array_object]) if twin else (None, "")
        words += ("--no-twin", no_twin) if no_twin else ()
        bound = Measuring(name, "bound", sizes, words, manifest, types, twin=other)
        measured = measure(env, results, bound, also=[env.fs.File(str(request.model))])
    elif firmware is not None:
        split = "--split-arena" in request.arguments
        stand_ins = [*token.arena_objects(env, unmeasured, name, split=split), *array_object]
        measured = measure(env, results, Measuring(name, "probe", firmware, options, manifest, types))
    else:
        objects = [*code_object, *array_object, *env.Object(unmeasured.File("probe.o"), str(PROBE_SOURCE))]
        link = _link(env, library, objects, archives, name)
        elf = unmeasured.File("probe.elf")
        measured = measure(env, results, Measuring(name, "probe", elf, options, manifest, types, link))
    arena, array, manifest, report = measured
    return builder.TinymlNodes(
        header=header,
        sources=(arena, array),
        manifest=manifest,
        unmeasured=unmeasured.File(f"{stem}.json"),
        objects=tuple(in_firmware),
        arena=report if emulated else None,
        archives=() if stand_ins else tuple(archives),
        stand_ins=tuple(stand_ins),
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
    if kernels_of(env, library) is None:
        raise UsageError(
            f"this target cannot be emulated, and of the kernels in {library.include / MICRO} no bound is known",
            "Write custom_tinyml_runtime = compiled.",
        )
    if config.arena_from == "firmware" and not config.custom_operators:
        raise UsageError(
            "custom_tinyml_arena_from = firmware, and this target cannot be emulated: its arena is a bound",
            "Leave that option out, or write custom_tinyml_runtime = compiled.",
        )
    if config.require == "emulated":
        raise UsageError(
            "custom_tinyml_require = emulated, and this target cannot be emulated: its arena would be a bound",
            "Write custom_tinyml_require = bound, or custom_tinyml_runtime = compiled.",
        )


def refuse_shared(config: Config) -> None:
    """Raises UsageError where the firmware is to be measured and its arenas are not its models' own."""
    shared = config.share_arena or any(model.user_arena for model in config.models)
    if shared and config.arena_from == "firmware":
        raise UsageError(
            "custom_tinyml_arena_from = firmware measures arenas in their place, and these are shared or the "
            "application's",
            "Leave out custom_tinyml_share_arena and custom_tinyml_<model>_arena, or measure the probe.",
        )


def _struct_sizes(env: Any, library: Library, folder: Any) -> tuple[Any, ...]:
    from ..tflm.link import PROBE_SOURCE, STRUCT_SIZES_FLAGS

    own = _library_env(env, library)
    own.Append(CCFLAGS=list(STRUCT_SIZES_FLAGS))
    return tuple(own.Object(folder.File("struct_sizes.o"), str(PROBE_SOURCE.with_name("struct_sizes.cc"))))


def kernels_of(env: Any, library: Library) -> str | None:
    """The kernels that `library` is built with, as `bound` calls them, by its folders; None: no rules for them."""
    kernels = library.include / MICRO / "kernels"
    vendors = {path.name for path in kernels.iterdir() if path.is_dir() and any(path.glob("*.c*"))}
    if "cmsis_nn" in vendors:
        helium = any(word.startswith(HELIUM) for word in _words(env, "CCFLAGS"))
        return "cmsis-nn-mve" if helium else "cmsis-nn"
    if "esp_nn" in vendors:
        return "esp-nn-s3" if board.mcu(env) == "esp32s3" else "esp-nn"
    return None if vendors - _NO_VENDORS else "reference"


def _without_offline_plan(options: tuple[str, ...]) -> tuple[str, ...]:
    """A bound is of the model as it is."""
    at = options.index("--offline-plan")
    return options[:at] + options[at + 2 :]


def _library_env(env: Any, library: Library) -> Any:
    """What compiles the generated C++: the library's own environment, so that both see the same types."""
    own = (library.builder.env if library.builder else env).Clone()
    own.AppendUnique(CPPPATH=[str(library.include), *env["CPPPATH"]])
    return own


def _link(env: Any, library: Library, objects: Sequence[Any], archives: Sequence[Any], name: str) -> Link:
    """What links the probe: machine, library and optimisation flags as for the firmware, our script, no startup."""
    from ..tflm.link import link_flags
    from .measuring import Link

    lib_env = library.builder.env if library.builder else env
    words = [word for part in ("CCFLAGS", "LINKFLAGS") for word in _words(lib_env, part) if word.startswith("-m")]
    words += [word for word in _words(env, "LINKFLAGS") if word.startswith(("--specs=", "-specs=", "-O", "-f"))]
    link_env = lib_env.Clone(
        # What the platform links with; SCons's own choice goes by sources, and knows no archives.
        LINK=str(lib_env["LINK"]).replace("$SMARTLINK", "$CXX"),
        LINKFLAGS=[*dict.fromkeys(words), *link_flags(name)],
        TINYML_ARCHIVES=list(archives),
        _LIBFLAGS=f"-Wl,--start-group $TINYML_ARCHIVES {lib_env['_LIBFLAGS']} -Wl,--end-group",
    )
    return Link(link_env, tuple(objects), tuple(archives))


def _all_archives(env: Any, library: Library) -> list[Any]:
    """What TFLM is linked from, and the framework's archives, too: what links with them has to wait for them."""
    lib_env = library.builder.env if library.builder else env
    archives = list(_archives(env, library.builder)) if library.builder else []
    return archives + list(scan(None, lib_env, FindPathDirs("LIBPATH")(lib_env)))


def _words(env: Any, variable: str) -> list[str]:
    return [str(env.subst(str(word))) for word in env.Flatten(env.get(variable, []))]


def _archives(env: Any, lib: Any) -> Iterator[Any]:
    """What the builder `lib` and those that it depends on have made: an archive, or objects if lib_archive = no."""
    path = Path(lib.env.subst(lib.build_dir))
    # As SCons names it: a folder called libtflm becomes libtflm.a.
    archive = env.File(adjustixes(str(path), lib.env.subst("$LIBPREFIX"), lib.env.subst("$LIBSUFFIX")))
    if archive.has_builder():
        yield archive
    else:
        folder = env.Dir(str(path))
        files = env.Flatten(env.get("PIOBUILDFILES", []))
        yield from (node for node in files if hasattr(node, "is_under") and node.is_under(folder))
    for other in lib.depbuilders:
        yield from _archives(env, other)
