"""`pio-tinyml generate`: a .tflite file as C, for the compiled runtime or for an interpreter."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..codegen import (
    MARKER,
    GeneratedFile,
    kernel_sources,
    make_manifest,
    oversized,
    render,
    runtime_files,
    shared_arena,
)
from ..custom_operators import parse_custom_operator
from ..errors import ExitCode, ModelError, UsageError
from ..files import read_text, write_text
from ..manifest import OWN, SHARED, USER, LeastArena, Manifest, StaticArena, manifest_from_json
from ..model import Model
from ..model.naming import c_identifier, header_name, printable
from ..model_files import model_stem
from ..operators import lower_model, operator_macs
from ..schedule import Scheduled, schedule_arena
from ..simplify import known_shapes, simplify, summary
from ..sizes import parse_size
from ..tflite import read_model_file
from ..tflite.metadata import read_offline_plan
from .labels import LABELS, about_model
from .rows import add_rows_arguments, rows_of

EXAMPLE = """example:
  pio-tinyml generate models/kws.tflite -o src/generated --with-runtime
  cc -Isrc/generated main.c src/generated/*.c
  pio-tinyml generate models/kws.tflite -o src/generated --runtime tflm --tflm-include lib/tflite-micro/src"""

RUNTIMES = ("compiled", "tflm")
KERNELS = ("reference", "cmsis-nn", "cmsis-nn-mve", "esp-nn", "esp-nn-s3")

LONGEST_NAME = 100
"""Characters; file names of at most 255 are made of it, and C names that people have to type."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `generate`."""
    parser.epilog = EXAMPLE
    parser.add_argument("model", metavar="MODEL", type=Path, help="a quantized .tflite file")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="folder for the files")
    parser.add_argument("--name", metavar="N", help="name of the model in C (default: made of the file's name)")
    parser.add_argument("--runtime", default="compiled", choices=RUNTIMES, help="default: compiled")
    parser.add_argument(
        "--tflm-include",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="tflm: include folders, one of which has tensorflow/",
    )
    parser.add_argument(
        "--custom-op",
        metavar="NAME=FUNCTION",
        action="append",
        default=[],
        help="tflm: the C++ function that returns a pointer to the registration of a custom operator",
    )
    parser.add_argument(
        "--kernels",
        choices=KERNELS,
        metavar="SET",
        help=f"tflm: kernels that the library is built with, to bound the arena: {', '.join(KERNELS)}",
    )
    parser.add_argument("--keep-input", action="store_true", help="do not reuse the inputs' memory during invoke")
    parser.add_argument("--no-simplify", action="store_true", help="compiled: take the model as it stands in the file")
    add_rows_arguments(parser)
    parser.add_argument("--labels", metavar="FILE", type=Path, help=LABELS)
    parser.add_argument("--with-runtime", action="store_true", help="add the runtime, so that `cc DIR/*.c` works")
    parser.add_argument("--portable-weights", action="store_true", help="no long string literals; slower to compile")
    parser.add_argument("--max-object", metavar="SIZE", help="refuse a table or an arena of more bytes than this")
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument(
        "--share-arena",
        action="store_const",
        const=SHARED,
        default=OWN,
        dest="whose",
        help="one arena for all models of DIR that are generated so, of the size of the largest",
    )
    whose.add_argument(
        "--user-arena", action="store_const", const=USER, dest="whose", help="the application gives the arena to init"
    )
    parser.add_argument(
        "--split-arena", action="store_true", help="tflm: what is persistent in an array of its own, NAME_persistent"
    )
    parser.add_argument("--names", action="store_true", help="print the files' names, the header first; write nothing")
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Generate the files of one model."""
    if args.name is not None and c_identifier(args.name) != args.name:
        raise UsageError(
            f"--name {printable(args.name)!r} cannot begin names in C",
            f"Take letters, digits and single underscores, for example {c_identifier(args.name)}.",
        )
    if args.names:
        name = args.name or c_identifier(model_stem(args.model))
        print("\n".join(_names(name, args.runtime)))
        return ExitCode.OK
    model = read_model_file(args.model, args.name)
    if len(model.name) > LONGEST_NAME:
        raise UsageError(
            f"the model's name has {len(model.name)} characters, of {LONGEST_NAME} at most",
            "Give a shorter one with --name.",
        )
    manifest, files = (_interpreted if args.runtime == "tflm" else _compiled)(model, args)
    if manifest.arena.whose == SHARED and args.with_runtime:
        files += (shared_arena([*_manifests_of_others(args.output, manifest), manifest]),)
    _refuse_overwriting(args.output, files, manifest)
    for file in files:
        write_text(args.output / file.path, file.text)
    _print(manifest, [str(args.output / file.path) for file in files], args.json)
    return ExitCode.OK


def _names(name: str, runtime: str) -> tuple[str, ...]:
    """The files of a model, for build systems that want to know before the model is there."""
    header = header_name(name)
    stem = header.removesuffix(".h")
    code = (f"{stem}.c", f"{name}_weights.c", f"{name}_weights.h")
    interpreted = (f"{stem}.cc", f"{name}_tflite.c", f"{name}_tflm.h")
    return (header, *(interpreted if runtime == "tflm" else code), f"{stem}.json")


def _compiled(model: Model, args: argparse.Namespace) -> tuple[Manifest, tuple[GeneratedFile, ...]]:
    if args.split_arena:
        raise UsageError("--split-arena is for the tflm runtime", "Leave it out: compiled models keep no such part.")
    limit = None if args.max_object is None else parse_size(args.max_object, None)
    simplified = None if args.no_simplify else simplify(model)
    program = lower_model(simplified.model if simplified else model)
    scheduled = schedule_arena(program, keep_input=args.keep_input, **rows_of(args))
    program, plan = scheduled.program, scheduled.plan
    if limit is not None:
        _refuse_oversized(oversized(program, plan, limit, portable_weights=args.portable_weights), limit)
    facts: dict[str, Any] = {
        "source": args.model.name,
        "macs": _macs(program.model),
        "portable_weights": args.portable_weights,
        "simplification": summary(simplified) if simplified else None,
        "whose": args.whose,
        "about": about_model(model, args.model, args.model.read_bytes(), args.labels),
        "least": _with_least_streams(scheduled),
    }
    manifest = make_manifest(program, plan, **facts)
    files = render(program, plan, **facts)
    if args.with_runtime:
        files += runtime_files({*manifest.kernels, *_kernels_of_others(args.output, manifest)})
    return manifest, files


def _with_least_streams(scheduled: Scheduled) -> LeastArena | None:
    least = scheduled.least
    return LeastArena(least.plan.size, round(least.price - scheduled.price, 1)) if least else None


def _macs(model: Model) -> tuple[int, ...]:
    return tuple(operator_macs(model, operator) for operator in model.operators)


def _interpreted(model: Model, args: argparse.Namespace) -> tuple[Manifest, tuple[GeneratedFile, ...]]:
    from ..tflm import headers, refused, resolver
    from ..tflm import render as tflm

    for is_given, what, option in (
        (args.rows, "takes the input whole: it cannot be handed in", "input (--rows)"),
        (args.output_rows, "makes the output whole: it cannot be handed out", "output (--output-rows)"),
    ):
        if is_given:
            raise UsageError(
                f"TensorFlow Lite Micro {what} row by row",
                f"Leave custom_tinyml_<model>_{option} out, or take the compiled runtime.",
            )
    if args.keep_input:
        raise UsageError("--keep-input is not for the tflm runtime", "TFLM itself places the tensors; copy the inputs.")
    refused.refuse(model)
    refused.refuse_resized(model, known_shapes(model))
    library = headers.read_library(headers.find_library(args.tflm_include))
    custom = dict(map(parse_custom_operator, args.custom_op))
    found = resolver.registrations(model, library, custom)
    if args.split_arena and args.whose == USER:
        raise UsageError(
            "a split arena and one of the application's do not go together",
            f"Leave --user-arena out: {model.name}_init_with takes two memories of yours all the same.",
        )
    data = args.model.read_bytes()
    offline = read_offline_plan(data)
    if args.whose == SHARED:
        _refuse_shared_state(model, offline, split=args.split_arena)
    options: dict[str, Any] = {"source": args.model.name, "macs": _macs(model), "whose": args.whose}
    options |= {"split": args.split_arena, "about": about_model(model, args.model, data, args.labels)}
    static = _estimate(model, args.kernels, offline, split=args.split_arena)
    files = tflm.render(model, data, library, found, static=static, portable_weights=args.portable_weights, **options)
    if args.with_runtime:
        files += runtime_files(_kernels_of_others(args.output, None))
    return tflm.make_manifest(model, data, found, static=static, **options), files


def _refuse_shared_state(model: Model, offline: Sequence[int], *, split: bool) -> None:
    """ModelError where another model would overwrite what this one remembers."""
    from ..tflm.state import state_size

    size = state_size(model)
    planned = any(tensor.is_variable and place >= 0 for tensor, place in zip(model.tensors, offline, strict=False))
    if size and (planned or not split):
        or_split = "" if planned else ", or write custom_tinyml_split_arena = yes, which keeps them beside it"
        raise ModelError(
            f"{printable(model.name)} remembers {size:,} bytes from one invoke to the next, which TensorFlow Lite "
            "Micro keeps in the arena: it cannot be shared",
            f"Leave custom_tinyml_share_arena out{or_split}; or take the compiled runtime.",
        )


def _estimate(model: Model, kernels: str | None, offline: Sequence[int], *, split: bool) -> StaticArena | None:
    """The static plan with typical struct sizes; None where nobody knows the kernels, or there is no rule for one."""
    from ..tflm.kernel_sets import Kernels
    from ..tflm.static_plan import static_plan
    from ..tflm.typical_sizes import typical_sizes

    if kernels is None:
        return None
    try:
        plan = static_plan(model, typical_sizes(32), Kernels(kernels), offline, split=split)
    except ModelError:
        return None
    return StaticArena(plan.total, "estimate", kernels)


def _refuse_oversized(objects: Iterable[tuple[str, int]], limit: int) -> None:
    lines = [f"{name} takes {size:,} bytes" for name, size in objects]
    if lines:
        raise ModelError(
            f"this target has objects of up to {limit:,} bytes: " + "; ".join(lines),
            "Take a smaller model, or a target with wider pointers.",
        )


def _kernels_of_others(folder: Path, manifest: Manifest | None) -> set[str]:
    """Kernels that other models generated into the same folder call: one tinyml_kernels.c serves them all."""
    known = kernel_sources()
    kernels: set[str] = set()
    for other in _manifests_of_others(folder, manifest):
        if missing := set(other.kernels) - known:
            raise UsageError(
                f"{folder} has {printable(other.name)} of another version: it calls {printable(min(missing))}",
                f"Generate {printable(other.name)} again, or remove its JSON.",
            )
        kernels.update(other.kernels)
    return kernels


def _manifests_of_others(folder: Path, manifest: Manifest | None) -> list[Manifest]:
    found = (_manifest_at(path) for path in sorted(folder.glob("*.json")))
    return [other for other in found if other and not (manifest and other.name == manifest.name)]


def _manifest_at(path: Path) -> Manifest | None:
    try:
        return manifest_from_json(read_text(path))
    except (OSError, ValueError):
        return None


def _refuse_overwriting(folder: Path, files: Iterable[GeneratedFile], manifest: Manifest) -> None:
    """UsageError where a file is there that `generate` did not write, or wrote for a model of another name."""
    for path in (folder / file.path for file in files):
        if path.suffix == ".json":
            other = _manifest_at(path)
            ours = other is not None
            if other is not None and other.name != manifest.name:
                raise UsageError(
                    f"{path} belongs to the model {printable(other.name)}", "Choose another --name or folder."
                )
        else:
            ours = MARKER in _first_line(path)
        if path.exists() and not ours:
            raise UsageError(
                f"{path} was not written by pio-tinyml generate", "Move it away, or choose another --name or folder."
            )


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline(200)
    except OSError:
        return ""


def _print(manifest: Manifest, files: list[str], as_json: bool) -> None:
    if as_json:
        print(json.dumps({**asdict(manifest), "schema": "tinyml-report/1", "ok": True, "files": files}, indent=2))
        return
    print(
        f"{manifest.name}: {manifest.operators} operators, {manifest.macs:,} MACs, "
        f"tables of {manifest.weights:,} bytes, "
        + (f"arena of {manifest.arena.size:,} bytes" if manifest.arena.method else "arena not measured yet (probe)")
    )
    for file in files:
        print(f"  {printable(file)}")
