"""What decides on the models' figures in this build, part by part (measured/fingerprint.py), as JSON.

Versions are those that libraries say of themselves; the digest is of their sources, so that a commit between two
versions is another library.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from SCons.Defaults import processDefines

from .. import __version__
from ..config import ModelConfig
from . import board, components
from .builder import RUNTIME_INCLUDE, RUNTIME_SOURCES, TinymlNodes
from .tflm import Library
from .toolchain import compiler_of

SCHEMA = "tinyml-fingerprint/1"
_SOURCES = (".c", ".cc", ".cpp", ".h", ".hpp", ".S", ".s", ".inc")
_DEFINES = re.compile(r"CONFIG_NN_\w+|CMSIS_NN\w*|ESP_NN\w*|ARM_MATH_\w+|TF_LITE_\w+|NDEBUG|XTENSA|HIFI\w*")
_SDKCONFIG = re.compile(r"^(CONFIG_NN_\w+)=(.*)$", re.MULTILINE)
_LIBRARIES = {"esp-nn": ("esp-nn", "esp_nn"), "cmsis-nn": ("cmsis-nn", "cmsis_nn")}
"""Kernels that come with TFLM, by the names of their folders."""
_VERSIONS = (
    ("idf_component.yml", re.compile(r"^version: *[\"']?([0-9][\w.+-]*)", re.MULTILINE)),
    ("library.json", re.compile(r"\"version\" *: *\"([0-9][\w.+-]*)\"")),
    ("library.properties", re.compile(r"^version=([0-9][\w.+-]*)", re.MULTILINE)),
    ("Include/arm_nnfunctions.h", re.compile(r"\$Revision: *V?\.?([0-9][\w.]*)")),
)

Part = dict[str, str | None]


def as_json(env: Any, library: Library | None, models: Iterable[tuple[ModelConfig, TinymlNodes, Path]]) -> str:
    """Of the models with their nodes and .tflite files, all of which are built."""
    common = parts_of_all(env, library)
    rows = [{"name": model.name, "parts": [*common, *_own(nodes, path, library)]} for model, nodes, path in models]
    return json.dumps({"schema": SCHEMA, "models": rows}, indent=1) + "\n"


def parts_of_all(env: Any, library: Library | None) -> list[Part]:
    """Those that every model has."""
    return [*_common(env), *(_libraries(env, library) if library else [_compiled()])]


def device_arenas(env: Any, library: Library, file: Path, models: Iterable[tuple[str, Path]]) -> dict[str, int]:
    """By model, the smallest arena that a device took, as `file` has it; of those whose code is the same."""
    from ..measured.device import find_device, read_devices
    from ..measured.fingerprint import Part as FingerprintPart

    device = find_device(read_devices(file), env["PIOENV"], env.get("BOARD"))
    probed = {each.name: each for each in device.models if each.smallest} if device else {}
    if not probed:
        return {}
    common = parts_of_all(env, library)
    found = {}
    for name, path in models:
        if name in probed and path.is_file():
            now = tuple(FingerprintPart(**part) for part in [*common, _model(path)])  # type: ignore[arg-type]
            if not probed[name].stale(now):
                found[name] = probed[name].arena
    return found


def _part(name: str, version: str | None, digest: str | None) -> Part:
    return {"name": name, "version": version, "digest": digest}


def _common(env: Any) -> Iterator[Part]:
    yield _part("compiler", compiler_of(env), None)
    words = [str(env.subst(str(word))) for part in ("CCFLAGS", "CFLAGS", "CXXFLAGS") for word in env.Flatten(env[part])]
    flags = list(
        dict.fromkeys(word for word in words if word.startswith(("-m", "-O", "-f", "-std", "-specs", "--specs")))
    )
    yield _part("flags", " ".join(flags)[:200] or None, _digest([" ".join(flags).encode()]))
    defines = sorted(
        each for each in processDefines(env.get("CPPDEFINES", [])) if _DEFINES.match(each.partition("=")[0])
    )
    defines += sorted("=".join(found) for found in _SDKCONFIG.findall(_sdkconfig(env)))
    yield _part("options", " ".join(defines) or None, None)
    yield _part("clock", str(board.clock(env)) if board.clock(env) else None, None)


def _sdkconfig(env: Any) -> str:
    """ESP-IDF's, of this environment; "" where there is none."""
    for name in (f"sdkconfig.{env['PIOENV']}", "sdkconfig"):
        path = Path(env["PROJECT_DIR"], name)
        if path.is_file():
            return path.read_text("utf-8", "replace")
    return ""


def _compiled() -> Part:
    """The kernels of our own."""
    return _part("kernels", __version__, _of_files([*RUNTIME_SOURCES.iterdir(), *RUNTIME_INCLUDE.iterdir()]))


def _libraries(env: Any, library: Library) -> Iterator[Part]:
    """TFLM's sources, and those of the kernels that it comes with, wherever they lie."""
    root = Path(library.builder.path) if library.builder else library.include
    groups: dict[str, list[Path]] = {"tflm": [], **{name: [] for name in _LIBRARIES}}
    for path in _files(root):
        groups[_library_of(path.relative_to(root)) or "tflm"].append(path)
    tflm_version = str(library.builder.version) if library.builder and library.builder.version else None
    yield _part("tflm", tflm_version or _version(root), _of_files(groups["tflm"]))
    for name, folders in _LIBRARIES.items():
        others = [Path(lib.path) for lib in env.GetLibBuilders() if Path(lib.path).name.lower().startswith(folders)]
        others += components.beside(root, folders)
        files = groups[name] + [path for other in others for path in _files(other)]
        if files:
            roots = [*others, *_roots(groups[name], folders)]
            version = next(filter(None, map(_version, roots)), None)
            yield _part(name, version, _of_files(files))


def _library_of(path: Path) -> str | None:
    """Whose file it is; TFLM's own wrappers are in tensorflow/lite/micro/kernels."""
    if "kernels" in path.parts:
        return None
    names = [part.lower() for part in path.parts[:-1]]
    return next((name for name, folders in _LIBRARIES.items() if set(folders) & set(names)), None)


def _roots(files: Iterable[Path], folders: Iterable[str]) -> list[Path]:
    found = (parent for path in files for parent in path.parents if parent.name.lower() in folders)
    return list(dict.fromkeys(found))


def _version(folder: Path) -> str | None:
    """What a library says of itself."""
    for name, pattern in _VERSIONS:
        path = folder / name
        found = pattern.search(path.read_text("utf-8", "replace")) if path.is_file() else None
        if found:
            return found[1]
    return components.locked_version(folder)


def _own(nodes: TinymlNodes, path: Path, library: Library | None) -> Iterator[Part]:
    yield _model(path)
    if library is None:
        yield _part("code", None, _digest(Path(node.get_abspath()).read_bytes() for node in nodes.sources))


def _model(path: Path) -> Part:
    return _part("model", None, _digest([path.read_bytes()]))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _SOURCES and path.is_file())


def _of_files(paths: Iterable[Path]) -> str:
    """By name and content; where the folder lies does not matter."""
    rows = sorted((path.name, path.read_bytes()) for path in paths if path.is_file())
    return _digest(part for name, data in rows for part in (name.encode(), b"\0", data))


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:12]
