"""`doctor`: what this computer has for a build, and what a build in this project would choose."""

from __future__ import annotations

import argparse
import configparser
import importlib.util
import json
import platform
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path

from ..config_options import parse_config
from ..errors import ExitCode, UsageError
from ..model.naming import header_name, printable
from ..options import PREFIX
from ..quantize.environment import ConversionEnvironment
from ..tool_env import (
    EMULATOR_PINS,
    OLDEST_PYTHON,
    ORACLE_PINS,
    PINS,
    ToolEnvironment,
    default_core_dir,
    pins,
)

_WIDTH = 80
_SETS = (
    (PINS, "The next build installs what is pinned."),
    (EMULATOR_PINS, "A build installs it when it first emulates something."),
    (
        ORACLE_PINS,
        "Where PlatformIO's Python lacks tflite_micro, a build installs them to verify outputs (64-bit x86 Linux).",
    ),
)
"""What a build uses, as docs/packages.md has it, and when it comes."""
COMPILERS = ("arm-none-eabi-gcc", "avr-gcc", "riscv64-unknown-elf-gcc", "gcc")
EMULATORS = ("qemu-system-arm", "simavr")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `ok` is None where it makes no difference to a build whether the thing is there."""

    area: str
    what: str
    found: str
    ok: bool | None = None
    next_step: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `doctor`."""
    parser.epilog = "example:\n  pio-tinyml doctor --project examples/sine"
    parser.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="default: the current folder")
    parser.add_argument("--core-dir", type=Path, metavar="DIR", help="PlatformIO's core directory")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Look, print; ENVIRONMENT if something keeps a build from running."""
    core_dir = args.core_dir or default_core_dir()
    findings = [*_interpreter(), *_packages(ToolEnvironment(core_dir)), *_conversion(core_dir)]
    findings += [*_tools(core_dir), *_project(args.project, core_dir)]
    ok = all(finding.ok is not False for finding in findings)
    if args.json:
        report = {"schema": "tinyml-doctor/1", "ok": ok, "findings": [asdict(finding) for finding in findings]}
        print(json.dumps(report, indent=2))
    else:
        print("\n".join(_text(findings)))
    return ExitCode.OK if ok else ExitCode.ENVIRONMENT


def _text(findings: Sequence[Finding]) -> Iterator[str]:
    """Lines of 80 columns, but for a path that is longer; a next step is said once for those that follow each other."""
    for area, group in groupby(findings, key=lambda finding: finding.area):
        yield area
        rows = list(group)
        for number, finding in enumerate(rows):
            mark = {True: "ok", False: "NO", None: "  "}[finding.ok]
            yield from _wrapped(f"{mark} {finding.what:24} {finding.found}")
            following = rows[number + 1] if number + 1 < len(rows) else None
            said_below = following and following.ok is not True and following.next_step == finding.next_step
            if finding.next_step and finding.ok is not True and not said_below:
                yield from _wrapped(f"   next: {finding.next_step}")


def _wrapped(text: str) -> list[str]:
    indent = " " * 8
    wrapper = textwrap.TextWrapper(_WIDTH, "  ", indent, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(printable(text))


def _interpreter() -> Iterator[Finding]:
    oldest = ".".join(str(part) for part in OLDEST_PYTHON)
    enough = sys.version_info >= OLDEST_PYTHON
    step = f"Install PlatformIO with Python {oldest} or newer."
    yield Finding("interpreter", "python", f"{platform.python_version()} at {sys.executable}", enough, step)
    pip = importlib.util.find_spec("pip") is not None
    yield Finding("interpreter", "pip", "there" if pip else "absent", None, "" if pip else "A first build needs pip.")


def _packages(environment: ToolEnvironment) -> Iterator[Finding]:
    yield Finding("packages", "folder of the build", str(environment.folder))
    for file, step in _SETS:
        installed = replace(environment, pins=file).installed()
        for name, version in pins(file).items():
            there = installed.get(name)
            found = f"{there or 'not installed'}, pinned {version}"
            yield Finding("packages", name, found, True if there == version else None, step)


def _conversion(core_dir: Path) -> Iterator[Finding]:
    conversion = ConversionEnvironment(core_dir)
    version = conversion.tensorflow()
    found = f"{version} in {conversion.folder}" if version else "not installed"
    step = "Only for models that are not int8 yet: such a build installs it (2 GB), or name custom_tinyml_python."
    yield Finding("conversion", "tensorflow", found, True if version else None, step)


def _tools(core_dir: Path) -> Iterator[Finding]:
    yield Finding("platformio", "core directory", f"{core_dir}{'' if core_dir.is_dir() else ' (absent)'}")
    for package in sorted(core_dir.glob("packages/toolchain-*")):
        yield Finding("platformio", package.name, str(package))
    for area, names in (("compiler", COMPILERS), ("emulator", EMULATORS)):
        for name in names:
            path = shutil.which(name)
            yield Finding(area, name, f"{_version(path)} at {path}" if path else "not on PATH")


def _version(path: str) -> str:
    """The first number with a point in what `--version` says."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return "of no known version"
    first = next((line for line in said.splitlines() if any(c.isdigit() for c in line)), "")
    return next(iter(re.findall(r"\b\d+\.\d+[\w.]*", first)), "of no known version")


def _project(folder: Path, core_dir: Path) -> Iterator[Finding]:
    """What each environment of the project would build, or why it would not."""
    ini = folder / "platformio.ini"
    if not ini.is_file():
        yield Finding("project", "platformio.ini", f"none in {folder.absolute()}")
        return
    try:
        environments = _environments(ini)
    except (configparser.Error, UnicodeDecodeError) as error:
        yield Finding("project", "platformio.ini", " ".join(str(error).split()), False, "Correct the file.")
        return
    for name, options in environments:
        # Limits are PlatformIO's to know; where none is known a share of them cannot be judged.
        unknown = 2**40
        try:
            config = parse_config(options, folder, flash_limit=unknown, ram_limit=unknown)
        except UsageError as error:
            yield Finding("project", f"env:{name}", error.message, False, error.next_step)
            continue
        if not config.enabled:
            yield Finding("project", f"env:{name}", f"off: {PREFIX} says so", True)
            continue
        chosen = "named in the options" if f"{PREFIX}_models" in options else "the only one in models/"
        models = ", ".join(f"{header_name(model.name)} from {model.path}" for model in config.models)
        yield Finding("project", f"env:{name}", f"runtime {config.runtime}: {models} ({chosen})", True)
        if config.python:
            yield _named_python(name, ConversionEnvironment(core_dir, config.python))


def _named_python(environment: str, conversion: ConversionEnvironment) -> Finding:
    what = f"env:{environment} python"
    try:
        version = conversion.tensorflow()
    except UsageError as error:
        return Finding("project", what, error.message, False, error.next_step)
    found = f"{conversion.python}, TensorFlow {version or 'not found beside it'}"
    return Finding("project", what, found, True if version else None, "A model that is not int8 needs it there.")


def _environments(ini: Path) -> list[tuple[str, dict[str, str]]]:
    """Options by environment, with those of [env]; variables and `extends` are PlatformIO's and stay as written."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, inline_comment_prefixes=("#", ";"))
    parser.read_string(ini.read_text("utf-8"))
    common = dict(parser["env"]) if "env" in parser else {}
    names = [section[len("env:") :] for section in parser.sections() if section.startswith("env:")]
    return [(name, {**common, **parser[f"env:{name}"]}) for name in names]
