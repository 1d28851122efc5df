"""What decides on the models' figures in this build (fingerprint/), as JSON: what PlatformIO knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from SCons.Defaults import processDefines

from ..config import ModelConfig
from ..fingerprint import parts
from ..fingerprint.sources import KERNEL_FOLDERS, files, library_parts
from ..measured.device import find_device, read_devices
from ..measured.fingerprint import Fingerprint, Part
from ..measured.fingerprint import as_json as fingerprints_as_json
from . import board
from .builder import TinymlNodes
from .tflm import Library
from .toolchain import compiler_of


def as_json(env: Any, library: Library | None, models: Iterable[tuple[ModelConfig, TinymlNodes, Path]]) -> str:
    """Of the models with their nodes and .tflite files, all of which are built."""
    common = parts_of_all(env, library)
    return fingerprints_as_json(
        Fingerprint(model.name, (*common, *_own(nodes, path, library))) for model, nodes, path in models
    )


def parts_of_all(env: Any, library: Library | None) -> tuple[Part, ...]:
    """Those that every model has."""
    return (*_common(env), *(_libraries(env, library) if library else [parts.kernels_part()]))


def device_arenas(
    env: Any, library: Library, file: Path, models: Iterable[tuple[str, Path]]
) -> dict[str, tuple[int, int | None]]:
    """By model, the smallest arena that a device took, and the part of it that lies beside, as `file` has them.

    Of those models whose code is the same.
    """
    device = find_device(read_devices(file), env["PIOENV"], env.get("BOARD"))
    probed = {each.name: each for each in device.models if each.smallest} if device else {}
    if not probed:
        return {}
    common = parts_of_all(env, library)
    return {
        name: (probed[name].arena, probed[name].persistent)
        for name, path in models
        if name in probed and path.is_file() and not probed[name].stale((*common, parts.model_part(path)))
    }


def _common(env: Any) -> Iterator[Part]:
    yield parts.compiler_part(compiler_of(env))
    yield parts.flags_part(
        str(env.subst(str(word))) for part in ("CCFLAGS", "CFLAGS", "CXXFLAGS") for word in env.Flatten(env[part])
    )
    yield parts.options_part(processDefines(env.get("CPPDEFINES", [])), _sdkconfig(env))
    yield parts.clock_part(board.clock(env))


def _sdkconfig(env: Any) -> str:
    """ESP-IDF's, of this environment; "" where there is none."""
    for name in (f"sdkconfig.{env['PIOENV']}", "sdkconfig"):
        path = Path(env["PROJECT_DIR"], name)
        if path.is_file():
            return path.read_text("utf-8", "replace")
    return ""


def _libraries(env: Any, library: Library) -> Iterator[Part]:
    root = Path(library.builder.path) if library.builder else library.include
    version = str(library.builder.version) if library.builder and library.builder.version else None
    others = {
        name: [Path(each.path) for each in env.GetLibBuilders() if Path(each.path).name.lower().startswith(folders)]
        for name, folders in KERNEL_FOLDERS.items()
    }
    return library_parts(root, files(root), others, version)


def _own(nodes: TinymlNodes, path: Path, library: Library | None) -> Iterator[Part]:
    yield parts.model_part(path)
    if library is None:
        yield parts.code_part(Path(node.get_abspath()) for node in nodes.sources)
