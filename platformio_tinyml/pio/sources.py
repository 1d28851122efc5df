"""Models that are not int8 yet: the node before `generate` that makes them so, and its result by content.

`<cache>/<key>/`, an entry of cache.py, holds `<stem>.int8.tflite` and `<stem>.json`, what `quantize --report` wrote.
The key is of the content of source, data and options, and of the converter, so that a name says all of what is in it.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..c_arrays import is_c_source, read_model_array, split_array
from ..config import Config, ModelConfig
from ..errors import UsageError
from ..files import write_text
from ..model.naming import printable
from ..model_files import is_tflite, model_stem
from ..options import option_name
from . import board, builder, cache
from .say import ERROR, build_action, complain, complain_of, say_how_far
from .tflite_types import computes_float, computes_int8

LARGEST_SOFT_FLOAT = 64 << 10
"""Bytes of a float model that a core without a floating point unit is given without being asked for."""


@dataclass(frozen=True)
class Int8Model:
    """The file that a model's C is generated from: int8, or float where that was wanted.

    `details` is the JSON of how it came about: of the conversion, or of the lock; None where `path` is the user's own.
    `arguments` are those of `quantize`; () where nothing is to be converted.
    """

    path: Path
    details: Path | None = None
    arguments: tuple[str, ...] = ()


def resolve(env: Any, model: ModelConfig, config: Config) -> Int8Model:
    """What becomes of `model`: taken as it is, taken from its lock, or converted.

    UsageError: the lock no longer matches, or data is not there.
    """
    source = extracted(env, model.path)
    if is_tflite(source) and computes_int8(source):
        return Int8Model(source)
    from ..quantize import lock  # a build that converts nothing is not to wait for these
    from ..quantize.environment import ConversionEnvironment
    from ..quantize.key import conversion_key
    from ..quantize.request import Request

    request = Request(
        source,
        model.data,
        model.evaluation,
        model.input_type,
        allow_unsafe=config.allow_unsafe,
        activations=model.activations,
    )
    locked = lock.require_lock(request)
    if locked:
        return Int8Model(locked, lock.lock_path(source))
    if is_tflite(source) and model.data is None and _takes_float(env, model, config, source):
        return Int8Model(source)
    for name, path in (("data", request.data_path), ("eval", request.evaluation)):
        if path is not None and not path.exists():
            raise UsageError(
                f"custom_tinyml_{name} of the model {model.key}: there is no {printable(str(path))}",
                "Paths start from the project folder.",
            )
    core = env["TINYML_TOOL"].core_dir
    key = conversion_key(request, ConversionEnvironment(core, config.python).of(source).identity())
    int8 = Path(env["TINYML_CACHE"], key, lock.int8_path(source).name)
    details = int8.with_name(f"{int8.name[: -len('.int8.tflite')]}.json")
    cache.cache_of(env).lookup(key)  # SCons makes what is not there, and looks into nothing that is
    options = [
        ("--data", request.data),
        ("--eval", request.evaluation),
        ("--input-type", request.input_type),
        ("--activations", None if request.activations == "int8" else request.activations),
        ("--python", config.python),
        ("--core-dir", core),
    ]
    words = [word for name, value in options if value is not None for word in (name, str(value))]
    unsafe = ["--allow-unsafe"] if config.allow_unsafe else []
    return Int8Model(int8, details, ("quantize", str(source), *words, *unsafe))


def _takes_float(env: Any, model: ModelConfig, config: Config, source: Path) -> bool:
    """Whether a float or hybrid model without samples is built as it is. UsageError: the project has to say."""
    size = source.stat().st_size
    if config.allow_float is not None:
        return config.allow_float
    if board.has_fpu(env) or size < LARGEST_SOFT_FLOAT:
        return True
    int8_size = size // 4 if computes_float(source) else size
    raise UsageError(
        f"{printable(model.path.name)} computes in float: {size:,} bytes, on a core without a floating point unit",
        f"Name samples of its input in {option_name('data')}, and the build makes it int8: about {int8_size:,} bytes. "
        f"Or take it as it is: {option_name('allow_float')} = yes.",
    )


def extracted(env: Any, source: Path) -> Path:
    """The `.tflite` file that an array in a C file is, in the cache by the content of that file; else `source` itself.

    UsageError, ModelError: no such array, or several.
    """
    file, array = split_array(source)
    if not is_c_source(file):
        return source
    name = f"{model_stem(source)}.tflite"

    def produce(folder: Path) -> bool:
        (folder / name).write_bytes(read_model_array(file, array).data)
        return True

    key = cache.cache_key(file, ("extract", array), builder.cached_tool_hash())
    entry = cache.cache_of(env).obtain(key, produce)
    return (entry or Path(env["TINYML_CACHE"])) / name


def attach(env: Any, model: Int8Model) -> None:
    """Make `model.path` a node, if it is to be converted."""
    if not model.arguments:
        return
    # The key in the path stands for all sources; SCons would not look into a SavedModel's folder by content.
    targets = [env.fs.File(str(model.path)), env.fs.File(str(model.details))]
    nodes = env.Command(targets, [], env.Action(build_action(_quantize), None), TINYML_INT8=model)
    env.Precious(nodes)  # Another environment may be reading them.
    env.NoCache(nodes)


def _quantize(target: Any, source: Any, env: Any) -> int:
    model: Int8Model = env["TINYML_INT8"]
    key, names = model.path.parent.name, [Path(node.get_abspath()).name for node in target]

    def produce(folder: Path) -> bool:
        path, details = (folder / name for name in names)
        if not _convert(env, [*model.arguments, "-o", str(path), "--report", str(details)]):
            return False
        details.with_name(f".{details.name}.lock").unlink(missing_ok=True)
        document = json.loads(details.read_text("utf-8"))
        write_text(
            details, json.dumps({**document, "output": path.name}, indent=2) + "\n"
        )  # where it is now matters not
        if document["key"] != key:
            raise UsageError(
                f"{printable(model.arguments[1])} or its data changed while it was converted", "Build again."
            )
        return True

    return 0 if cache.cache_of(env).obtain(key, produce) else 1


def _convert(env: Any, arguments: Sequence[str]) -> bool:
    """Run `quantize`, and pass on what it says: progress, then the result or an error."""
    name = printable(Path(arguments[1]).name)
    command = builder.announced_command(env, arguments, f"TinyML: converting {name}")
    speak = say_how_far
    with subprocess.Popen(
        command,
        cwd=env.Dir("#").get_abspath(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            if line.startswith(ERROR):
                speak = partial(complain_of, name)
            speak(re.sub(rf"^TinyML: (?!error: |.*{re.escape(name)})", f"TinyML: {name}: ", line))
    if process.returncode and speak is say_how_far:
        complain(f"{ERROR}{name}: quantize ended with exit code {process.returncode}")
    return process.returncode == 0
