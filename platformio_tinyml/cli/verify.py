"""`pio-tinyml verify`: a linked model's outputs, byte for byte against another implementation, in the emulator."""

from __future__ import annotations

import argparse
import json
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from ..emulate.linked_model import LinkedModel
from ..errors import ExitCode, UsageError
from ..firmware.elf import read_image
from ..firmware.image import Image
from ..manifest import Manifest, TensorInfo, read_manifest

EXAMPLE = """examples:
  pio-tinyml verify firmware.elf --manifest kws_model.json --model models/kws.tflite
  pio-tinyml verify firmware.elf --manifest kws_model.json --reference other.elf

--model builds the compiled runtime of the model for a Cortex-M4 (arm-none-eabi-gcc on PATH) as the reference: a second
opinion on the runtime tflm. For a firmware with the compiled runtime it only shows that both builds agree."""

COUNT = 4
REFERENCE_BOARD = "netduinoplus2"
"""Any core serves: the compiled runtime gives the same bytes on all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `verify`."""
    parser.epilog = EXAMPLE
    parser.add_argument("elf", metavar="ELF", type=Path, help="a linked firmware that calls the model")
    parser.add_argument("--manifest", metavar="M.json", type=Path, required=True, help="of the model, as in the build")
    reference = parser.add_mutually_exclusive_group(required=True)
    reference.add_argument("--model", metavar="MODEL", type=Path, help="the .tflite file: compiled as the reference")
    reference.add_argument("--reference", metavar="ELF", type=Path, help="another ELF with the same model")
    parser.add_argument("--count", metavar="N", type=int, default=COUNT, help=f"arbitrary inputs (default: {COUNT})")
    parser.add_argument("--cpu", metavar="NAME", default="", help="the core, as in -mcpu, if ELF does not say")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Run both on the same inputs; exit code 1 at the first difference."""
    if args.count < 1:
        raise UsageError(f"--count {args.count} verifies nothing", "Take 1 or more.")
    manifest = read_manifest(args.manifest)
    tested = LinkedModel(read_image(args.elf), manifest, args.cpu)
    image, oracle, names = _reference(args, manifest)
    reference = LinkedModel(image, names)
    difference, done, instructions, stack = None, 0, 0, 0
    for inputs in _inputs(manifest, args.count):
        found, expected = tested.invoke(inputs), reference.invoke(inputs)
        done, instructions, stack = done + 1, found.instructions, max(stack, found.stack)
        difference = _difference(manifest, found.outputs, expected.outputs)
        if difference:
            break
    document = {
        "schema": "tinyml-verify/1",
        "ok": difference is None,
        "name": manifest.name,
        "oracle": oracle,
        "inputs": done,
        "difference": difference,
        "instructions": instructions,
        "stack": {"init": tested.init.stack, "invoke": stack},
    }
    print(json.dumps(document, indent=2) if args.json else _text(document))
    return ExitCode.OVER_BUDGET if difference else ExitCode.OK


def _reference(args: argparse.Namespace, manifest: Manifest) -> tuple[Image, str, Manifest]:
    """(image, what it is, its manifest)."""
    if args.reference:
        return read_image(args.reference), args.reference.name, manifest
    from ..bench import find_target
    from ..bench.firmware import link_sources, write_sources
    from ..tflite import read_model_file

    model = read_model_file(args.model, manifest.name)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (compiled,) = write_sources([model], folder)
        elf = link_sources(folder, [compiled], find_target(REFERENCE_BOARD), "-Os")
        return read_image(elf), "the compiled runtime", compiled


def _inputs(manifest: Manifest, count: int) -> Iterator[tuple[bytes, ...]]:
    """The same arbitrary bytes in every run; floats around zero."""
    random = Random(1)  # noqa: S311  no secrets
    for _ in range(count):
        yield tuple(_values(random, tensor) for tensor in manifest.inputs)


def _values(random: Random, tensor: TensorInfo) -> bytes:
    if tensor.type == "FLOAT32":
        count = tensor.bytes // 4
        return struct.pack(f"<{count}f", *(random.gauss(0, 1) for _ in range(count)))
    data = random.randbytes(tensor.bytes)
    return bytes(byte & 1 for byte in data) if tensor.type == "BOOL" else data


def _difference(manifest: Manifest, found: tuple[bytes, ...], expected: tuple[bytes, ...]) -> str | None:
    """The first byte that differs, in words."""
    for tensor, ours, theirs in zip(manifest.outputs, found, expected, strict=True):
        if ours != theirs:
            at = next(index for index, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
            return f"{tensor.accessor}, byte {at} of {tensor.bytes}: {ours[at]:#04x}, expected {theirs[at]:#04x}"
    return None


def _text(document: dict[str, object]) -> str:
    stack = document["stack"]
    verdict = f"differs in {document['difference']}" if document["difference"] else "equal, byte for byte"
    used = f"{stack['init']:,} in init, {stack['invoke']:,} in invoke" if isinstance(stack, dict) else ""
    return (
        f"{document['name']} against {document['oracle']}: {verdict} ({document['inputs']} inputs)\n"
        f"  {document['instructions']:,} instructions in the last invoke; bytes of stack: {used}"
    )
