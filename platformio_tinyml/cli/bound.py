"""`pio-tinyml bound`: what `probe` writes, with an arena that is bounded: for targets that cannot be emulated."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..errors import ExitCode, TinymlError, UsageError
from ..files import read_bytes
from ..manifest import StaticArena
from ..sizes import parse_size
from ..tflite import read_model
from ..tflite.metadata import read_offline_plan
from ..tflm.agreement import compare
from ..tflm.kernel_memory import Kernels
from ..tflm.search import round_to_step
from ..tflm.static_plan import static_plan
from ..tflm.struct_sizes import read_struct_sizes
from .kernels import add_kernels_argument
from .probe import add_shared_arguments, read_tflm_manifest, ship

EXAMPLE = """example:
  pio-tinyml bound struct_sizes.o --manifest generated/kws_model.json --model models/kws.tflite -o generated

struct_sizes.o is tflm/struct_sizes.cc compiled as the library is, without LTO. The arena is never too small where the
bound's rules hold (docs/arena.md), and may be too large. --arena-size is taken as it is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `bound`."""
    parser.epilog = EXAMPLE
    parser.add_argument("sizes", metavar="OBJECT", type=Path, help="tflm/struct_sizes.cc compiled as the library is")
    parser.add_argument("--model", metavar="MODEL", type=Path, required=True, help="the .tflite file")
    add_kernels_argument(parser, default=Kernels.REFERENCE)
    parser.add_argument(
        "--device-arena", metavar="BYTES", type=int, help="the smallest that the device took, with this very code"
    )
    add_shared_arguments(parser)


def run(args: argparse.Namespace) -> ExitCode:
    """Bound the arena of one model."""
    manifest = read_tflm_manifest(args.manifest)
    if args.types:
        compare(*args.types)
    data = read_bytes(args.model)
    model = read_model(data, manifest.name)
    bound: int | None = None
    try:
        bound = static_plan(model, read_struct_sizes(args.sizes), args.kernels, read_offline_plan(data)).size
    except TinymlError:
        if args.arena_size is None:
            raise
    if bound is None or args.arena_size is not None:
        size, method = round_to_step(parse_size(args.arena_size, None)), "fixed"
    elif args.device_arena is not None:
        size, method = _of_device(args.device_arena, bound), "device"
    else:
        margin = 0 if args.arena_margin is None else parse_size(args.arena_margin, bound)
        size, method = round_to_step(bound + margin), "bound"
    static = None if bound is None else StaticArena(bound, "bound", args.kernels.value)
    manifest = replace(manifest, arena=replace(manifest.arena, static=static))
    document = {
        "schema": "tinyml-arena/1",
        "name": manifest.name,
        "size": size,
        "method": method,
        "bound": bound,
        "kernels": args.kernels.value,
        "lower_bound": manifest.arena.lower_bound,
    }
    known = "no bound is known" if bound is None else f"at most {bound:,} are needed, not measured"
    text = f"{manifest.name}: arena of {size:,} bytes ({method}); {known}"
    ship(args, manifest, data, document, text)
    return ExitCode.OK


def _of_device(size: int, bound: int) -> int:
    """Two ways of knowing that disagree are told, both. UsageError."""
    if not 0 < size <= bound or size != round_to_step(size):
        raise UsageError(
            f"tinyml-device.json has an arena of {size:,} bytes, and the bound is {bound:,}",
            "Measure again: `pio run -t tinyml_probe`.",
        )
    return size
