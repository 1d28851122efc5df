"""`pio-tinyml fingerprint`: what decides on a model's figures in a build, for the gate to tell a drift by."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ..errors import ExitCode, UsageError
from ..files import read_text, write_text
from ..fingerprint import parts
from ..fingerprint.compiler import compiler_told
from ..fingerprint.sources import files, library_parts
from ..measured.fingerprint import Fingerprint, Part, as_json
from ..model.naming import printable

_EPILOG = """\
docs/device.md, Drift. With the runtime tflm --include names the folders that the library is included from: TFLM is
that with tensorflow/lite/micro, kernels those with esp_nn.h or arm_nnfunctions.h. Without --include the kernels are
those of the compiled runtime, and --source is C that was generated.

example:
  pio-tinyml fingerprint --model kws=models/kws.tflite --compiler arm-none-eabi-gcc --flag=-mcpu=cortex-m4 \\
    --define TF_LITE_STATIC_MEMORY --include lib/tflite-micro -o fingerprint.json
  pio-tinyml gate firmware.elf --fingerprint fingerprint.json --baseline tinyml-baseline.json ..."""

_TFLM = Path("tensorflow", "lite", "micro", "micro_interpreter.h")
_TREE = ("tensorflow", "third_party", "signal")
"""TFLM's folders; what else lies beside them may be the project."""
_KERNELS = {"esp_nn.h": "esp-nn", "arm_nnfunctions.h": "cmsis-nn"}
"""A header in the include folder of kernels, which is a folder of the library's own."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `fingerprint`."""
    parser.epilog = _EPILOG
    parser.add_argument("--model", metavar="NAME=FILE", required=True, help="the .tflite file")
    parser.add_argument("--compiler", metavar="CC", required=True, help="is asked for its version")
    parser.add_argument(
        "--flag", metavar="FLAG", action="append", default=[], help="of CC; -DNAME among them is a macro"
    )
    parser.add_argument("--define", metavar="NAME[=VALUE]", action="append", default=[], help="a macro")
    parser.add_argument("--sdkconfig", metavar="FILE", type=Path, help="ESP-IDF's options")
    parser.add_argument("--clock", metavar="HZ", type=int, help="of the core")
    parser.add_argument("--include", metavar="DIR", action="append", default=[], help="of TensorFlow Lite Micro")
    parser.add_argument("--folder", metavar="DIR", type=Path, default=Path(), help="what each --source is relative to")
    parser.add_argument(
        "--source", metavar="FILE", action="append", default=[], help="of the library, or generated C; or an archive"
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="instead of standard output")


def run(args: argparse.Namespace) -> ExitCode:
    """Print or write it."""
    text = as_json([fingerprint_of(args)])
    if args.output:
        write_text(args.output, text)
    else:
        sys.stdout.write(text)
    return ExitCode.OK


class _Lines(argparse.ArgumentParser):
    """Of arguments in a file."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog} has no arguments of `fingerprint`: {printable(message)}", "Configure anew.")


def read_arguments(paths: Sequence[Path]) -> argparse.Namespace:
    """Of `fingerprint`, one a line, as a build system wrote them into files; `--name=` alone says nothing.

    Raises UsageError for anything else.
    """
    parser = _Lines(prog=printable(str(paths[0])), add_help=False, allow_abbrev=False)
    add_arguments(parser)
    lines = [line for path in paths for line in read_text(path).splitlines()]
    return parser.parse_args([line for line in lines if line and not line.endswith("=")])


def fingerprint_of(args: argparse.Namespace) -> Fingerprint:
    """Of the model that the arguments name. UsageError: a file that is not there."""
    name, found, model = args.model.partition("=")
    if not found or not name:
        raise UsageError(f"--model {args.model} names no model", "Write NAME=FILE.")
    flags = [word for flag in args.flag for word in flag.removeprefix("SHELL:").split()]
    defines = [word.removeprefix("-D") for word in [*args.define, *(flag for flag in flags if flag.startswith("-D"))]]
    # Objects are another file on each computer.
    sources = [args.folder / each for each in args.source if not each.endswith((".o", ".obj"))]
    try:
        sdkconfig = args.sdkconfig.read_text("utf-8", "replace") if args.sdkconfig else ""
        own = _of_library(args.include, sources) if args.include else [parts.kernels_part(), parts.code_part(sources)]
        return Fingerprint(
            name,
            (
                parts.compiler_part(compiler_told(args.compiler)),
                parts.flags_part(flags),
                parts.options_part(defines, sdkconfig),
                parts.clock_part(args.clock),
                *own,
                parts.model_part(Path(model)),
            ),
        )
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}", "Correct the path.") from error


def _of_library(includes: Sequence[str], sources: Sequence[Path]) -> list[Part]:
    folders = [Path(each) for each in dict.fromkeys(includes)]
    root = next((folder for folder in folders if (folder / _TFLM).is_file()), None)
    if root is None:
        raise UsageError(f"no --include has {_TFLM.as_posix()}", "Name the folder that TFLM is included from.")
    others: dict[str, list[Path]] = {}
    for folder in folders:
        for header, kernels in _KERNELS.items():
            if (folder / header).is_file():
                others.setdefault(kernels, []).append(folder.parent)
    tree = [path for each in _TREE for path in files(root / each)]
    return list(library_parts(root, [*tree, *sources], others))
