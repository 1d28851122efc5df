"""Arguments in, exit code out; every error as one message (or one JSON object with `--json`)."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from .. import __version__
from ..errors import ExitCode, SetupError, TinymlError, UsageError
from ..model.naming import printable
from .absent import stand_ins

COMMANDS = {
    "inspect": "what is in a model, what would be refused, and a snippet to paste",
    "extract": "the .tflite file that an array in C source is (model.h, model_data.cc)",
    "plan": "where every activation lies in the arena",
    "quantize": "an int8 .tflite file of a SavedModel, Keras or float model, and its accuracy",
    "lock": "quantize, and commit the result beside the source for those without TensorFlow",
    "generate": "C files and header of a model",
    "runtime": "what the models of one program have in common: kernels, headers, a shared arena",
    "probe": "run a linked TFLM model in the emulator: the smallest arena it takes",
    "check": "what the gate runs: measure a linked ELF and judge it",
    "gate": "for build systems: profile, verify and check a linked ELF, and remove it where it is refused",
    "fingerprint": "what decides on a model's figures in a build, for `gate` to tell a drift by",
    "bound": "an arena for tflm where the target cannot be emulated: never too small",
    "verify": "a linked model's outputs against another implementation, byte for byte, in the emulator",
    "profile": "what one invoke of a linked model takes: instructions, stack, time, energy",
    "selftest": "run models on a device: the sources of that, and the verdict on its serial port",
    "contract": "what a firmware takes in the place of the model that it was built with, as JSON",
    "compatible": "whether a new model meets such a contract, and the file that a device takes it from",
    "report": "report.json as a page, Markdown, SARIF or JUnit XML",
    "baseline": "keep a report's figures, to compare later ones with",
    "footprint": "flash and RAM of any ELF, by section and symbol",
    "fit": "which boards a model fits, with what headroom",
    "audit": "models, arena and waste in the ELF of any project with TensorFlow Lite Micro",
    "bench": "build and run a model on an emulated board: instructions, flash, RAM, stack",
    "migrate": "what to edit in a project with an interpreter of its own, as a diff that is not applied",
    "cmake": "where tinyml.cmake is, for CMake projects without PlatformIO",
    "doctor": "what is installed where, and what the build would choose",
}
"""Each is the module of its name in this package, with `add_arguments(parser)` and `run(args) -> ExitCode`."""

PROGRAM = "pio-tinyml"
EXIT_CODES = "exit codes: 0 ok, 1 over budget or different, 2 usage, 3 model refused, 4 environment, 5 internal"

NOBODY_READS = 141
"""Exit code where the output goes to a pipe that was closed, as of other tools; a verdict might not have been told."""

_REINSTALL = (
    "Install it again; in a PlatformIO build: remove the folder `tinyml` of PlatformIO's core directory, and build."
)


class _Parser(argparse.ArgumentParser):
    """Tells of a wrong command line as of any other error, with `--json` too. Options are not to be shortened."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UsageError(printable(message), f"{self.prog} --help")

    def refuse(self, arguments: Sequence[str]) -> NoReturn:
        """UsageError for what no option takes, with the nearest one that there is."""
        from difflib import get_close_matches

        near = get_close_matches(arguments[0].partition("=")[0], self._option_string_actions, 1)
        meant = f"Did you mean {near[0]}? All options: " if near else ""
        what = printable(" ".join(arguments))
        raise UsageError(f"unrecognized arguments: {what}", f"{meant}{self.prog} --help")


def main(argv: Sequence[str] | None = None, called: str = PROGRAM) -> int:
    """Run one command and return its exit code. Errors begin with what it was `called` by: a build has its own word."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    for name in ("stdout", "stderr"):  # None where the caller closed it
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names in a model may hold letters that the terminal does not have
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _told(arguments, as_json, called)
        sys.stdout.flush()
        sys.stderr.flush()
        return code
    except BrokenPipeError:
        _drop_output()
        return NOBODY_READS
    except OSError as error:
        _drop_output()
        with contextlib.suppress(OSError):
            _print_error(SetupError(f"cannot write the output: {error.strerror}", "Check the disk."), False, called)
        return int(ExitCode.ENVIRONMENT)


def _told(arguments: list[str], as_json: bool, called: str) -> int:
    """The exit code of what `arguments` say, every error printed. OSError where the output cannot be written."""
    try:
        return int(_run(arguments))
    except KeyboardInterrupt:
        print(f"{called}: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:  # of a stream, not of a file
            raise
        if os.environ.get("TINYML_TRACEBACK"):
            traceback.print_exc()
        ours = _as_ours(error)
        _print_error(ours, as_json, called)
        return int(ours.exit_code)


def _as_ours(error: Exception) -> TinymlError:
    """What to tell of anything that was raised."""
    if isinstance(error, TinymlError):
        return error
    if isinstance(error, OSError):
        return SetupError(f"{printable(str(error.filename))}: {error.strerror}", "Check the path and its rights.")
    if isinstance(error, ImportError) and not (error.name or "").startswith("platformio_tinyml"):
        return SetupError(f"a Python package is missing or damaged: {error}", _REINSTALL)
    hint = "this is a defect of pio-tinyml; set TINYML_TRACEBACK=1 and report what it prints"
    return TinymlError(f"{type(error).__name__}: {error}", hint)


def _run(arguments: list[str]) -> ExitCode:
    parser = _Parser(prog="pio-tinyml", description=__doc__, epilog=EXIT_CODES)
    parser.description = "Take a neural network to a proven place in the flash and RAM of a firmware."
    parser.add_argument("--version", action="version", version=f"pio-tinyml {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    called = next((word for word in arguments if not word.startswith("-")), None)
    asks = not {"-h", "--help"}.isdisjoint(arguments)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == called:
            with stand_ins() if asks else contextlib.nullcontext():
                module = importlib.import_module(f".{name}", __package__)
            module.add_arguments(command)
            command.epilog = (command.epilog or "") + ("\n\n" if command.epilog else "") + EXIT_CODES
            command.set_defaults(run=module.run)
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        commands.choices[args.command].refuse(unknown)
    result: ExitCode = args.run(args)
    return result


def _drop_output() -> None:
    """Let the flush at exit go nowhere, for each stream that cannot be written."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _print_error(error: TinymlError, as_json: bool, called: str) -> None:
    if as_json:
        entry = {"code": error.code, "message": error.message, "next": error.next_step or None}
        print(json.dumps({"schema": "tinyml-report/1", "ok": False, "errors": [entry]}, indent=2))
        return
    print(error.as_text(f"{called}: error: "), file=sys.stderr)
