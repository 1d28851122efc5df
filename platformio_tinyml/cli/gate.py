"""`pio-tinyml gate`: profile, verify and check a linked program; one that is refused is removed, with its images."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from ..errors import ExitCode, SetupError, TinymlError, UsageError
from ..files import read_bytes, read_text, write_text
from ..manifest import Manifest, read_manifest
from ..measured.fingerprint import as_json
from ..model.naming import printable
from ..tool_env import tool_hash
from . import check, profile
from .compiler import add_compiler_arguments
from .fingerprint import fingerprint_of, read_arguments

_EPILOG = """\
example:
  pio-tinyml gate firmware.elf --manifest kws_model.json --model kws=models/kws.tflite --ram-limit 128KB -o report

For build systems: it ends in one of two states, exit code 0, or no ELF and no image of it (same name, in the same
folder: .bin, .hex, .uf2 ...). A program that passed by the same measure before is not judged again."""

IMAGES = (".bin", ".hex", ".uf2", ".srec", ".s19", ".mot", ".img", ".dfu", ".eep")
"""Endings of what is made of a program to be uploaded."""

PASSED = "passed.json"
"""In the folder of the reports: by what measure the last program passed."""

FINGERPRINT = "fingerprint.json"
"""Beside it: what decided on the models' figures."""

_OF_PROFILE = ("--cpu", "--mcu", "--clock", "--ma-per-mhz", "--voltage", "--compiler")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `gate`: those of `check`, and what a profile wants beside."""
    check.add_arguments(parser)
    parser.epilog = _EPILOG
    parser.add_argument(
        "--model", metavar="NAME=FILE", action="append", default=[], help="a model's .tflite file, to verify outputs by"
    )
    parser.add_argument("--cpu", metavar="NAME", default="", help="the core, as in -mcpu, if the ELF does not say")
    parser.add_argument("--clock", metavar="HZ", type=int, help="of the core, for times")
    parser.add_argument("--ma-per-mhz", metavar="MA", help="current of the board, for energy")
    parser.add_argument("--voltage", metavar="V", help="for energy")
    parser.add_argument(
        "--build",
        metavar="FILE",
        type=Path,
        nargs="+",
        action="append",
        default=[],
        help="arguments of `fingerprint` for a model, one a line, where there is no --fingerprint",
    )
    add_compiler_arguments(parser)


def run(args: argparse.Namespace) -> ExitCode:
    """Judge, and leave nothing that was not passed."""
    if args.elf is None:
        raise UsageError("gate without an ELF has nothing to judge", "Name the linked program.")
    passed = False
    try:
        if args.build and not args.fingerprint:
            _fingerprint(args)
        program, measure = _hash(args.elf), _measure(args)
        if _passed_before(args.output, measure):
            passed = True
            return ExitCode.OK
        _without_map(args)
        _profile(args)
        code = check.run(args)
        if code is ExitCode.OK:
            if _hash(args.elf) != program:
                raise SetupError(f"{args.elf} changed while it was checked", "Build again.")
            write_text(args.output / PASSED, json.dumps({"measure": measure}) + "\n")
            passed = True
        return code
    finally:
        if not passed:
            for path in (args.elf, *(args.elf.with_suffix(ending) for ending in IMAGES)):
                path.unlink(missing_ok=True)


def _without_map(args: argparse.Namespace) -> None:
    """Say what that costs, where an interpreter is linked."""
    lacks = args.copies_map and not args.copies_map.is_file() and not args.map
    if lacks and any(read_manifest(path).runtime == "tflm" for path in args.manifest):
        print(
            f"tinyml: {printable(args.elf.name)}: its link left no map where one was asked for, and two copies of "
            "TensorFlow Lite Micro are not looked for\n  next: name the map in tinyml_check(... --map FILE)",
            file=sys.stderr,
        )


def _fingerprint(args: argparse.Namespace) -> None:
    """Make that of all models, and give it to `args`."""
    args.fingerprint = args.output / FINGERPRINT
    models = [read_arguments(paths) for paths in args.build]
    for model in models:
        model.clock = model.clock or args.clock
    write_text(args.fingerprint, as_json(map(fingerprint_of, models)))


def _measure(args: argparse.Namespace) -> str:
    """Hash of the program and of all that it is judged by."""
    files = [args.elf, *args.manifest, *args.arena, *(path for _, path in _models(args))]
    files += [path for path in (args.baseline, args.device, args.fingerprint, args.map) if path]
    files += [path for path in (args.copies_map,) if path and path.is_file()]
    files += [*args.verification, *args.profile]
    if args.partitions:
        files.append(args.partitions.with_name(args.partitions.name.partition("#")[0]))
    digests = [_hash(path) for path in files]
    words = {name: str(value) for name, value in sorted(vars(args).items()) if name != "run"}
    # What can be judged: a package that came since then counts instructions, or verifies.
    there = [name for name in ("unicorn", "tflite_micro") if find_spec(name)]
    return hashlib.sha256(json.dumps([tool_hash(), there, words, digests]).encode()).hexdigest()


def _hash(path: Path) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()


def _passed_before(folder: Path, measure: str) -> bool:
    try:
        stored = json.loads(read_text(folder / PASSED))
        return bool(stored["measure"] == measure) and (folder / "report.json").is_file()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _models(args: argparse.Namespace) -> list[tuple[str, Path]]:
    pairs = [text.partition("=") for text in args.model]
    for name, found, _ in pairs:
        if not found:
            raise UsageError(f"--model {name} names no model", "Write NAME=FILE.")
    return [(name, Path(path)) for name, _, path in pairs]


def _profile(args: argparse.Namespace) -> None:
    """Profile each model that the program holds, and give `args` what was found, for `check`."""
    models = dict(_models(args))
    for source, manifest in zip(args.manifest, map(read_manifest, args.manifest), strict=True):
        try:
            of = profile.parsed([*_words(args, source, manifest, models.pop(manifest.name, None))])
            text = profile.profiled(of).to_json()
        except TinymlError as error:
            if error.code != "not-linked":
                raise
            continue
        path = args.output / f"{manifest.name}_profile.json"
        write_text(path, text)
        args.profile.append(path)
        if of.verification:
            args.verification.append(of.verification)
    if models:
        raise UsageError(f"--model of {', '.join(models)}, and there is no such manifest", "Correct the name.")


def _words(args: argparse.Namespace, source: Path, manifest: Manifest, model: Path | None) -> Iterator[str]:
    yield from (str(args.elf), "--manifest", str(source))
    values: Sequence[tuple[str, object]] = [
        (option, getattr(args, option.lstrip("-").replace("-", "_"))) for option in _OF_PROFILE
    ]
    yield from (f"{option}={value}" for option, value in values if value)
    yield from (f"--compiler-flag={flag}" for flag in args.compiler_flag)
    if model:
        yield from ("--model", str(model), "--verification", str(args.output / f"{manifest.name}_verified.json"))
