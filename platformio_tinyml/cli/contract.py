"""`pio-tinyml contract`: what a firmware that is built for a model takes in its place."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..contract.contract import contract_of
from ..errors import ExitCode, UsageError
from ..files import write_text
from ..manifest import read_manifest
from ..sizes import parse_size
from ..tflite import read_model_file
from .kernels import add_kernels_argument

_EPILOG = """\
example:
  pio-tinyml contract models/kws.tflite --manifest .pio/build/esp32/tinyml/kws_model.json -o kws.contract.json

Keep it with the release of the firmware. `pio-tinyml compatible` says whether a new model may take the place of that
one, in a partition, an external flash or a file (docs/contract.md)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `contract`."""
    parser.epilog = _EPILOG
    parser.add_argument("model", metavar="MODEL", type=Path, help="the .tflite file that the firmware is built with")
    parser.add_argument("--manifest", metavar="M.json", type=Path, help="of the build: name, arena and kernels")
    parser.add_argument("--arena", metavar="SIZE", help="what the firmware gives it, where the build does not say")
    add_kernels_argument(parser)
    parser.add_argument("--largest", metavar="SIZE", help="room for the model's file")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: standard output")


def run(args: argparse.Namespace) -> ExitCode:
    """Write it."""
    manifest = read_manifest(args.manifest) if args.manifest else None
    model = read_model_file(args.model, manifest.name if manifest else None)
    if manifest and [each.name for each in manifest.inputs] != [model.tensors[index].name for index in model.inputs]:
        raise UsageError(f"{args.manifest} is not of {args.model}", "Give the manifest of the same model.")
    arena = parse_size(args.arena, None) if args.arena else None
    kernels = args.kernels.value if args.kernels else None
    if manifest and manifest.arena.method:
        arena = arena or manifest.arena.head
        kernels = kernels or (manifest.arena.static.kernels if manifest.arena.static else None)
    largest = parse_size(args.largest, None) if args.largest else None
    persistent = manifest.arena.persistent if manifest else None
    text = contract_of(model, arena, kernels, largest, persistent).to_json()
    if args.output:
        write_text(args.output, text)
    else:
        sys.stdout.write(text)
    return ExitCode.OK
