"""The linked program's outputs against other implementations, in the emulator: `-t tinyml_verify`, and the gate."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from SCons.Script import COMMAND_LINE_TARGETS

from ..config import GOLDEN, Config
from ..errors import ExitCode, SetupError
from ..files import write_text
from ..tool_env import ORACLE_PINS, ToolEnvironment
from . import builder, tflm
from .say import build_action, complain, say

TARGET = "tinyml_verify"
TITLE = "TinyML Verify"
DESCRIPTION = "Compare the program's outputs with other implementations, in an emulator"
NOT_LINKED = "not-linked"
"""What `verify` says of a model that the program does not hold."""


def add_target(env: Any, elf: Any, config: Config, models: Sequence[tuple[Path, Any]]) -> None:
    """Add the target; `models` are (the int8 file, the node of the manifest), in the order of `config`."""
    env["TINYML_VERIFY"] = elf, config, tuple(models)
    env.AddCustomTarget(TARGET, elf, env.Action(_verify, None), title=TITLE, description=DESCRIPTION)


def verify_all(env: Any, folder: Path) -> list[str]:
    """Verify the models that the program calls; the arguments of `check` that tell it what was found.

    SetupError where that cannot be done.
    """
    words = []
    for name, result in _results(env, "--json"):
        if result.returncode in (ExitCode.OK, ExitCode.OVER_BUDGET):
            path = folder / f"{name}_verified.json"
            write_text(path, result.stdout)
            words += ["--verification", str(path)]
        else:
            _pass_over_unused(name, result)
    return words


def with_wheel(tool: ToolEnvironment) -> ToolEnvironment:
    """`tool` with the package tflite_micro, installed now if it can be: where outputs are verified it was asked for.

    `tool` as it is where the interpreter has the package, or where there is none for it. What could not be installed
    is not tried again in every build, only where the target asks for it.
    """
    if importlib.util.find_spec("tflite_micro") or not _has_wheels():
        return tool
    extended = tool.with_packages(ORACLE_PINS)
    packages = extended.more[-1]
    refused = packages.folder.with_name(f"{packages.folder.name}.refused")
    if refused.exists() and not packages.ready() and TARGET not in COMMAND_LINE_TARGETS:
        say("TinyML: verifying without the package tflite_micro; `pio run -t tinyml_verify` tries again to install it")
        return tool
    try:
        packages.ensure(say)
    except SetupError as error:
        say(f"TinyML: verifying without the package tflite_micro: {error.message}")
        if packages.folder.parent.is_dir():
            write_text(refused, f"{error.message}\n")
        return tool
    refused.unlink(missing_ok=True)
    return extended


def _has_wheels() -> bool:
    """As ORACLE_PINS says."""
    return sysconfig.get_platform() == "linux-x86_64" and (3, 11) <= sys.version_info[:2] <= (3, 14)


def _compiler(env: Any) -> list[str]:
    """The arguments that name the project's compiler, and its flags for machine and libraries, if they can serve."""
    path = env.WhereIs(env.subst("$CC"))
    if path is None or not tflm.can_be_emulated(env):
        return []
    words = [str(env.subst(str(word))) for part in ("CCFLAGS", "LINKFLAGS") for word in env.Flatten(env.get(part, []))]
    flags = dict.fromkeys(word for word in words if word.startswith(("-m", "-specs=", "--specs=")))
    return ["--compiler", path, *(f"--compiler-flag={word}" for word in flags)]


def _pass_over_unused(name: str, result: subprocess.CompletedProcess[str]) -> None:
    try:
        error = json.loads(result.stdout)["errors"][0]
        code, message, step = error["code"], str(error["message"]), str(error["next"] or "")
    except (ValueError, LookupError, TypeError):
        code, message, step = "", result.stderr or f"verify ended with exit code {result.returncode}", ""
    if code != NOT_LINKED:  # what nothing calls is not in the program, and the report says so
        raise SetupError(
            f"custom_tinyml_verify: {name}: {message}", f"{step} Or write custom_tinyml_verify = off.".lstrip()
        )


def _results(env: Any, *more: str) -> list[tuple[str, subprocess.CompletedProcess[str]]]:
    elf, config, models = env["TINYML_VERIFY"]
    emulating = env.Override({"TINYML_TOOL": with_wheel(env["TINYML_TOOL"].with_emulator())})
    results = []
    for model, (path, manifest) in zip(config.models, models, strict=True):
        words = ["verify", elf.get_abspath(), "--manifest", manifest.get_abspath(), "--model", str(path), *more]
        words += _compiler(env)
        if config.verify == GOLDEN:
            words += ["--inputs", str(model.golden)]
        elif config.verify:
            words += ["--count", config.verify]
        results.append((model.name, builder.run_tool(emulating, words, f"TinyML: verifying {path.name}")))
    return results


@build_action
def _verify(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    for name, result in _results(env):
        if result.stdout:
            say(result.stdout)
        if result.returncode:
            complain(result.stderr or f"TinyML: {name}: the outputs differ")
            return 1
    return 0
