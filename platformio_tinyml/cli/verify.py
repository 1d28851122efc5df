"""`pio-tinyml verify`: a linked model's outputs, byte for byte against other implementations, in the emulator."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import ExitCode, UsageError
from ..firmware.elf import read_image
from ..manifest import Manifest, read_manifest
from ..measured.verification import Verification, counted_inputs
from ..model.naming import printable
from ..verify.compare import Firmware, compare
from ..verify.oracles import ExpectedOracle, LinkedOracle, Oracle, Oracles, find_oracles
from ..verify.samples import Samples, generate_samples, read_samples
from .compiler import add_compiler_arguments

EXAMPLE = """examples:
  pio-tinyml verify firmware.elf --manifest kws_model.json --model models/kws.tflite
  pio-tinyml verify firmware.elf --manifest kws_model.json --model models/kws.tflite --inputs models/kws.golden.npz
  pio-tinyml verify firmware.elf --manifest kws_model.json --reference other.elf --tensors

--model compares a firmware of the runtime tflm with the package tflite_micro, where this interpreter has it, and with
the compiled runtime, built with --compiler or for a Cortex-M4 (arm-none-eabi-gcc on PATH); one of the compiled runtime
with the package, or without it with another build of that runtime, which proves less and is told (docs/verify.md)."""

COUNT = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `verify`."""
    parser.epilog = EXAMPLE
    parser.add_argument("elf", metavar="ELF", type=Path, help="a linked firmware that calls the model")
    parser.add_argument("--manifest", metavar="M.json", type=Path, required=True, help="of the model, as in the build")
    reference = parser.add_mutually_exclusive_group(required=True)
    reference.add_argument("--model", metavar="MODEL", type=Path, help="the .tflite file, for other implementations")
    reference.add_argument("--reference", metavar="ELF", type=Path, help="another ELF with the same model")
    inputs = parser.add_mutually_exclusive_group()
    inputs.add_argument("--count", metavar="N", type=int, default=COUNT, help=f"arbitrary inputs (default: {COUNT})")
    inputs.add_argument(
        "--inputs",
        metavar="FILE",
        type=Path,
        help="samples as .npy, .npz, or the bytes of all inputs one after another",
    )
    parser.add_argument("--tensors", action="store_true", help="compare the tensors inside the model too")
    add_compiler_arguments(parser)
    parser.add_argument("--cpu", metavar="NAME", default="", help="the core, as in -mcpu, if ELF does not say")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Run all on the same inputs; exit code 1 at the first difference."""
    if args.count < 1:
        raise UsageError(f"--count {args.count} verifies nothing", "Take 1 or more.")
    manifest = read_manifest(args.manifest)
    samples = read_samples(args.inputs, manifest) if args.inputs else generate_samples(manifest, args.count)
    image = read_image(args.elf)
    if image.symbols and not any(symbol.name == manifest.invoke for symbol in image.symbols):
        raise UsageError(
            f"{args.elf.name} does not hold the model {printable(manifest.name)}", "Call it first.", code="not-linked"
        )
    oracles = _oracles(args, manifest, samples)
    found = compare(Firmware(image, manifest, args.cpu), oracles, samples, tensors=args.tensors)
    sys.stdout.write(found.to_json() if args.json else _text(found))
    return ExitCode.OVER_BUDGET if found.difference else ExitCode.OK


def _oracles(args: argparse.Namespace, manifest: Manifest, samples: Samples) -> Oracles:
    if args.model:
        return find_oracles(args.model, manifest, samples, (args.compiler, args.compiler_flag))
    found: list[Oracle] = [
        LinkedOracle(printable(args.reference.name), None, read_image(args.reference), manifest, samples)
    ]
    if samples.outputs:
        found.append(ExpectedOracle(f"the outputs in {printable(samples.source)}", samples.outputs))
    return Oracles(tuple(found))


def _text(of: Verification) -> str:
    names = " and ".join(each.name for each in of.oracles)
    said = f"differs in {of.difference}" if of.difference else "equal, byte for byte"
    lines = [f"{of.name} against {names}: {said} ({counted_inputs(of.inputs)})"]
    lines += [f"  not compared: {reason}" for reason in of.missing]
    if not of.is_independent():
        lines.append("  no independent oracle: what is compared with shares its code with the firmware")
    used = f"{of.stack.init:,} in init, {of.stack.invoke:,} in invoke"
    lines.append(f"  {of.instructions:,} instructions in the last invoke; bytes of stack: {used}")
    return "\n".join(lines) + "\n"
