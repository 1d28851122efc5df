"""`pio-tinyml verify`: a linked model's outputs, byte for byte against another implementation, in the emulator."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..emulate.inputs import arbitrary_inputs
from ..emulate.linked_model import LinkedModel
from ..errors import ExitCode, SetupError, TinymlError, UsageError
from ..files import read_bytes
from ..firmware.elf import read_image
from ..manifest import Manifest, read_manifest
from ..model.naming import printable

EXAMPLE = """examples:
  pio-tinyml verify firmware.elf --manifest kws_model.json --model models/kws.tflite
  pio-tinyml verify firmware.elf --manifest kws_model.json --model models/kws.tflite --inputs models/kws.golden.bin
  pio-tinyml verify firmware.elf --manifest kws_model.json --reference other.elf

--model compares with the runtime that the firmware has not: a firmware of the runtime tflm with the compiled runtime,
built for a Cortex-M4 (arm-none-eabi-gcc on PATH); one of the compiled runtime with the package tflite_micro, where this
interpreter has it. Where that cannot be, with another build of the same runtime, which proves less and is told."""

COUNT = 4
REFERENCE_BOARD = "netduinoplus2"
"""Any core serves: the compiled runtime gives the same bytes on all."""

_Sample = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Oracle:
    """What is compared with: the outputs of each sample. `independent`: it shares no code with the firmware's runtime.

    None where that is not known.
    """

    name: str
    independent: bool | None
    outputs: Iterator[_Sample]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `verify`."""
    parser.epilog = EXAMPLE
    parser.add_argument("elf", metavar="ELF", type=Path, help="a linked firmware that calls the model")
    parser.add_argument("--manifest", metavar="M.json", type=Path, required=True, help="of the model, as in the build")
    reference = parser.add_mutually_exclusive_group(required=True)
    reference.add_argument("--model", metavar="MODEL", type=Path, help="the .tflite file, for another runtime")
    reference.add_argument("--reference", metavar="ELF", type=Path, help="another ELF with the same model")
    inputs = parser.add_mutually_exclusive_group()
    inputs.add_argument("--count", metavar="N", type=int, default=COUNT, help=f"arbitrary inputs (default: {COUNT})")
    inputs.add_argument(
        "--inputs", metavar="FILE", type=Path, help="samples, the bytes of all inputs one after another"
    )
    parser.add_argument("--cpu", metavar="NAME", default="", help="the core, as in -mcpu, if ELF does not say")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Run both on the same inputs; exit code 1 at the first difference."""
    if args.count < 1:
        raise UsageError(f"--count {args.count} verifies nothing", "Take 1 or more.")
    manifest = read_manifest(args.manifest)
    arbitrary = islice(arbitrary_inputs(manifest), args.count)
    samples = _read_samples(args.inputs, manifest) if args.inputs else tuple(arbitrary)
    image = read_image(args.elf)
    if image.symbols and not any(symbol.name == manifest.invoke for symbol in image.symbols):
        raise UsageError(
            f"{args.elf.name} does not hold the model {printable(manifest.name)}", "Call it first.", code="not-linked"
        )
    tested = LinkedModel(image, manifest, args.cpu)
    oracle = _oracle(args, manifest, samples)
    difference, done, instructions, stack = None, 0, 0, 0
    for inputs, expected in zip(samples, oracle.outputs, strict=True):
        found = tested.invoke(inputs)
        done, instructions, stack = done + 1, found.call.instructions, max(stack, found.call.stack)
        difference = _difference(manifest, found.outputs, expected)
        if difference:
            break
    document = {
        "schema": "tinyml-verify/1",
        "ok": difference is None,
        "name": manifest.name,
        "oracle": oracle.name,
        "independent": oracle.independent,
        "inputs": done,
        "source": args.inputs.name if args.inputs else "generated",
        "difference": difference,
        "instructions": instructions,
        "stack": {"init": tested.init.stack, "invoke": stack},
    }
    print(json.dumps(document, indent=2) if args.json else _text(document))
    return ExitCode.OVER_BUDGET if difference else ExitCode.OK


def _oracle(args: argparse.Namespace, manifest: Manifest, samples: Sequence[_Sample]) -> _Oracle:
    if args.reference:
        return _Oracle(args.reference.name, None, _emulated(LinkedModel(read_image(args.reference), manifest), samples))
    from ..tflite import read_model_file

    read_model_file(args.model, manifest.name)  # what is wrong with it is no lack of an oracle
    ways = (_compiled, _wheel) if manifest.runtime == "tflm" else (_wheel, _compiled)
    problems = []
    for way in ways:
        try:
            return way(args.model, manifest, samples)
        except TinymlError as error:
            problems.append(error.message)
    raise SetupError(
        f"nothing to compare {printable(manifest.name)} with: {'; '.join(problems)}",
        "Install what is missing, or switch the verification off.",
        code="no-oracle",
    )


def _compiled(path: Path, manifest: Manifest, samples: Sequence[_Sample]) -> _Oracle:
    from ..bench import find_target
    from ..bench.firmware import link_sources, write_sources
    from ..tflite import read_model_file

    model = read_model_file(path, manifest.name)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (compiled,) = write_sources([model], folder)
        elf = link_sources(folder, [compiled], find_target(REFERENCE_BOARD), "-Os")
        reference = LinkedModel(read_image(elf), compiled)
    independent = manifest.runtime != "compiled"
    title = "the compiled runtime" if independent else "another build of the compiled runtime"
    return _Oracle(title, independent, _emulated(reference, samples))


def _wheel(path: Path, manifest: Manifest, samples: Sequence[_Sample]) -> _Oracle:
    from ..tflm.wheel import run_wheel

    outputs = run_wheel(path, manifest, samples)
    return _Oracle("the package tflite_micro", manifest.runtime != "tflm", outputs)


def _emulated(reference: LinkedModel, samples: Sequence[_Sample]) -> Iterator[_Sample]:
    return (reference.invoke(inputs).outputs for inputs in samples)


def _read_samples(path: Path, manifest: Manifest) -> tuple[_Sample, ...]:
    """Raises UsageError where the file holds no whole number of samples."""
    try:
        data = read_bytes(path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Write the inputs there (docs/tflm.md).") from error
    sizes = [tensor.bytes for tensor in manifest.inputs]
    if not data or len(data) % sum(sizes):
        raise UsageError(
            f"{path} has {len(data):,} bytes, and a sample of {printable(manifest.name)} has {sum(sizes):,}",
            "Write whole samples, the bytes of all inputs one after another (docs/tflm.md).",
        )
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return tuple(
        tuple(data[at + start : at + start + size] for start, size in zip(starts, sizes, strict=True))
        for at in range(0, len(data), sum(sizes))
    )


def _difference(manifest: Manifest, found: tuple[bytes, ...], expected: tuple[bytes, ...]) -> str | None:
    """The first byte of the first output that differs, in words."""
    for tensor, ours, theirs in zip(manifest.outputs, found, expected, strict=True):
        if ours != theirs:
            at = next(index for index, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
            where = f"{tensor.accessor}, byte {at} of {tensor.bytes} (tensor {printable(tensor.name)})"
            return f"{where}: {ours[at]:#04x}, expected {theirs[at]:#04x}"
    return None


def _text(document: dict[str, object]) -> str:
    stack = document["stack"]
    verdict = f"differs in {document['difference']}" if document["difference"] else "equal, byte for byte"
    used = f"{stack['init']:,} in init, {stack['invoke']:,} in invoke" if isinstance(stack, dict) else ""
    return (
        f"{document['name']} against {document['oracle']}: {verdict} ({document['inputs']} inputs)\n"
        f"  {document['instructions']:,} instructions in the last invoke; bytes of stack: {used}"
    )
