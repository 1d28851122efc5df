"""The linked program's outputs against other implementations', in the emulator: in every build, and as a target.

`auto`, the default, does what can be done without cost: a profile that runs the model anyway compares its outputs too
(`looks`). Golden inputs, several inputs, and a build without profiles take a command of their own. All is kept by what
decides on the model's code. Where nothing is compared, the report says so, and why.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import sysconfig
import time
from collections.abc import Container, Iterable, Sequence
from pathlib import Path
from typing import Any

from SCons.Script import COMMAND_LINE_TARGETS

from ..config import AUTO, GOLDEN, Config
from ..errors import ExitCode, SetupError
from ..files import write_text
from ..tool_env import ORACLE_PINS, ToolEnvironment
from . import builder, tflm
from .profile import DAY, VERIFIED, Profiled, is_linked, kept, why_not_linked
from .say import build_action, complain_of, say, say_how_far
from .stamp import hash_of

TARGET = "tinyml_verify"
TITLE = "TinyML Verify"
DESCRIPTION = "Compare the program's outputs with other implementations, in an emulator"
NOT_VERIFIED = "tinyml-not-verified/1"
NOT_LINKED = "not-linked"
"""What `verify` says of a model that the program does not hold."""


def add_target(env: Any, elf: Any, config: Config, models: Sequence[Profiled]) -> None:
    """Add the target."""
    env["TINYML_VERIFY"] = elf, config, tuple(models)
    env.AddCustomTarget(TARGET, elf, env.Action(_verify, None), title=TITLE, description=DESCRIPTION)


def looks(env: Any, config: Config, models: Iterable[Profiled], running: Any) -> dict[str, list[str]]:
    """By model, the arguments with which a profile compares outputs."""
    return {
        model.name: ["--model", str(model.path), *compiler_arguments(env)]
        for model in models
        if config.profile and config.verify == AUTO and not _why_not(env, config, model, running) and not model.golden
    }


def verify_all(
    env: Any, config: Config, models: Iterable[Profiled], running: Any, folder: Path, done: Container[str]
) -> list[str]:
    """Verify the models but those `done` by a profile; the arguments of `check` that tell it what was found.

    `running` is the environment whose tool emulates. SetupError where that was asked for and cannot be done.
    """
    elf, _, _ = env["TINYML_VERIFY"]
    words = []
    for model in models:
        if model.name in done:
            continue
        path = folder / f"{model.name}_{VERIFIED}"
        text = _verified(env, config, model, running, elf)
        if text:
            write_text(path, text)
            words += ["--verification", str(path)]
    return words + (["--verify-all"] if config.verify not in (None, AUTO) else [])


def _verified(env: Any, config: Config, model: Profiled, running: Any, elf: Any) -> str:
    """JSON of `verify`, or the reason why there is none; "" of a model that is passed over."""
    if not is_linked(elf, model):
        return _not_verified(model, why_not_linked(elf, model)) if config.verify in (None, AUTO) else ""
    reason = _why_not(env, config, model, running)
    if reason and config.verify not in (None, AUTO):
        raise SetupError(f"custom_tinyml_verify: {model.name}: {reason}", "Or write custom_tinyml_verify = off.")
    if reason:
        return _not_verified(model, reason)
    words = ["--model", str(model.path), *_inputs(config, model), *compiler_arguments(env)]
    contents = [hash_of(model.golden)] if model.golden else []
    failed: list[str] = []

    def make(new: Path) -> bool:
        arguments = ["verify", elf.get_abspath(), "--manifest", model.manifest.get_abspath(), *words, "--json"]
        result = builder.run_tool(running, arguments, f"TinyML: verifying {model.name}")
        if result.returncode in (ExitCode.OK, ExitCode.OVER_BUDGET):
            write_text(new / VERIFIED, result.stdout)
            return True
        failed.append(_pass_over(model.name, result, strict=config.verify != AUTO))
        return False

    entry = kept(running, elf, model, [*words, *contents], make)
    if entry:
        return (entry / VERIFIED).read_text("utf-8")
    return _not_verified(model, failed[0]) if failed[0] else ""


def _why_not(env: Any, config: Config, model: Profiled, running: Any) -> str:
    """Why the outputs of a linked model are not compared; "" where they are."""
    if config.verify is None:
        return "custom_tinyml_verify = off"
    if not tflm.can_be_emulated(env):
        return "the emulator does not run code for this target"
    if running is None:
        return "the CPU emulator unicorn is not installed"
    return ""


def _not_verified(model: Profiled, reason: str) -> str:
    return json.dumps({"schema": NOT_VERIFIED, "name": model.name, "reason": reason}) + "\n"


def _inputs(config: Config, model: Profiled) -> list[str]:
    if model.golden and config.verify in (AUTO, GOLDEN):
        return ["--inputs", str(model.golden)]
    return ["--count", config.verify if config.verify and config.verify.isdecimal() else "1"]


def with_wheel(tool: ToolEnvironment) -> ToolEnvironment:
    """`tool` with the package tflite_micro, installed now if it can be.

    `tool` as it is where the interpreter has the package, or where there is none for it. What could not be installed
    is tried again after a day, or where the target asks for it.
    """
    if importlib.util.find_spec("tflite_micro") or not _has_wheels():
        return tool
    extended = tool.with_packages(ORACLE_PINS)
    packages = extended.more[-1]
    refused = packages.folder.with_name(f"{packages.folder.name}.refused")
    lately = refused.exists() and 0 <= time.time() - refused.stat().st_mtime < DAY
    if lately and not packages.ready() and TARGET not in COMMAND_LINE_TARGETS:
        say("TinyML: verifying without the package tflite_micro; `pio run -t tinyml_verify` tries again to install it")
        return tool
    try:
        packages.ensure(say_how_far)
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


def compiler_arguments(env: Any) -> list[str]:
    """The arguments that name the project's compiler, and its flags for machine and libraries, if they can serve."""
    path = env.WhereIs(env.subst("$CC"))
    if path is None or not tflm.can_be_emulated(env):
        return []
    words = [str(env.subst(str(word))) for part in ("CCFLAGS", "LINKFLAGS") for word in env.Flatten(env.get(part, []))]
    flags = dict.fromkeys(word for word in words if word.startswith(("-m", "-specs=", "--specs=")))
    return ["--compiler", path, *(f"--compiler-flag={word}" for word in flags)]


def _pass_over(name: str, result: subprocess.CompletedProcess[str], *, strict: bool) -> str:
    """Why there is no verdict; "" of what nothing calls, which is not in the program. SetupError where it must be."""
    try:
        error = json.loads(result.stdout)["errors"][0]
        code, message, step = error["code"], str(error["message"]), str(error["next"] or "")
    except (ValueError, LookupError, TypeError):
        code, message, step = "", result.stderr or f"verify ended with exit code {result.returncode}", ""
    if code != NOT_LINKED and (strict or result.returncode == ExitCode.USAGE):
        off = "write custom_tinyml_verify = off."
        advice = f"{step.rstrip('.')}. Or {off}" if step else off.capitalize()
        raise SetupError(f"custom_tinyml_verify: {name}: {message}", advice)
    return "" if strict else message


def _results(env: Any) -> list[tuple[str, subprocess.CompletedProcess[str]]]:
    elf, config, models = env["TINYML_VERIFY"]
    emulating = env.Override({"TINYML_TOOL": with_wheel(env["TINYML_TOOL"].with_emulator())})
    results = []
    for model in models:
        words = ["verify", elf.get_abspath(), "--manifest", model.manifest.get_abspath(), "--model", str(model.path)]
        words += [
            *(_inputs(config, model) if config.verify not in (None, AUTO) or model.golden else []),
            *compiler_arguments(env),
        ]
        results.append((model.name, builder.run_tool(emulating, words, f"TinyML: verifying {model.name}")))
    return results


@build_action
def _verify(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    for name, result in _results(env):
        if result.stdout:
            say(result.stdout)
        if result.returncode:
            complain_of(name, result.stderr or f"TinyML: {name}: the outputs differ")
            return 1
    return 0
