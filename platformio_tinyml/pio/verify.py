"""The linked program's outputs against another implementation, in the emulator: `-t tinyml_verify`, and the gate."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..config import GOLDEN, Config
from ..errors import ExitCode, SetupError
from ..files import write_text
from . import builder
from .say import build_action, complain, say

TARGET = "tinyml_verify"
TITLE = "TinyML Verify"
DESCRIPTION = "Compare the program's outputs with a second implementation, in an emulator"
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
    emulating = env.Override({"TINYML_TOOL": env["TINYML_TOOL"].with_emulator()})
    results = []
    for model, (path, manifest) in zip(config.models, models, strict=True):
        words = ["verify", elf.get_abspath(), "--manifest", manifest.get_abspath(), "--model", str(path), *more]
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
