"""`audit`: models, arenas and waste in the ELF of any project that uses TensorFlow Lite Micro."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ..audit.audit import audit
from ..audit.document import as_document, as_text
from ..audit.resolver import kernel_of
from ..errors import ExitCode
from ..firmware.elf import read_image
from ..firmware.file_symbols import local_bytes
from ..firmware.linked import measure_linked
from ..tflm.struct_sizes import StructSizes, read_struct_sizes
from ..tflm.typical_sizes import typical_sizes
from .kernels import add_kernels_argument

_EPILOG = """\
example:
  pio-tinyml audit .pio/build/nucleo_f446re/firmware.elf"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `audit`."""
    parser.epilog = _EPILOG
    parser.add_argument("elf", type=Path, metavar="ELF", help="a linked ELF of any machine")
    add_tflm_arguments(parser)
    parser.add_argument("--map", type=Path, metavar="FILE", help="linker map of that link: says more of kernels' cost")
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_tflm_arguments(parser: argparse.ArgumentParser) -> None:
    """What a plan of TFLM's arena is made with."""
    add_kernels_argument(parser)
    parser.add_argument(
        "--tflm-structs",
        type=Path,
        metavar="OBJECT",
        help="object made of tflm/struct_sizes.cc with the library's flags (default: usual sizes)",
    )


def struct_sizes(path: Path | None, bits: int) -> tuple[StructSizes, str]:
    """(sizes, method of a plan made with them): what the object file tells, else what is usual."""
    return (read_struct_sizes(path), "bound") if path else (typical_sizes(bits), "estimate")


def run(args: argparse.Namespace) -> ExitCode:
    """Read, look, print. What is found is no failure: the exit code is 0."""
    image = read_image(args.elf)
    sizes, method = struct_sizes(args.tflm_structs, image.bits)
    found = audit(image, sizes, method, args.kernels, _kernel_bytes(args.elf, args.map))
    if args.json:
        sys.stdout.write(json.dumps(as_document(found, str(args.elf)), indent=1) + "\n")
    else:
        sys.stdout.write(as_text(found, str(args.elf)))
    return ExitCode.OK


def _kernel_bytes(elf: Path, link_map: Path | None) -> dict[str, int]:
    """Bytes of flash by kernel of TFLM (`conv`): all by the map, without one what the symbols of the ELF tell."""
    totals: dict[str, int] = {}
    if link_map is None:
        for file, size in local_bytes(elf).items():
            if kernel := kernel_of(file):
                totals[kernel] = totals.get(kernel, 0) + size
    else:
        for entry in measure_linked(elf, "", {}, link_map).entries:
            owner, _, kernel = entry.owner.partition(":")
            if owner == "tflm" and kernel:
                totals[kernel] = totals.get(kernel, 0) + entry.flash
    return totals
