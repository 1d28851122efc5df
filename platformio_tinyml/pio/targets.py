"""Targets of `pio run -t` that show or keep what a build found out; PlatformIO lists them, and so do editors.

`tinyml_report` and `tinyml_baseline` are the gate, which then does something more (`asked`); they fail as it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from SCons.Script import COMMAND_LINE_TARGETS

from . import builder, selftest, verify
from .say import build_action, complain, say

REPORT, BASELINE, FIT = "tinyml_report", "tinyml_baseline", "tinyml_fit"

OURS = "tinyml"
"""How all names of targets of ours begin."""

TARGETS = {
    REPORT: ("TinyML Report", "Build, then show report.html"),
    BASELINE: ("TinyML Baseline", "Build, then keep the figures in tinyml-baseline.json"),
    FIT: ("TinyML Fit", "Rank boards by whether the models fit"),
}
"""Title and description by name."""


def asked(name: str) -> bool:
    """The user named this target."""
    return name in COMMAND_LINE_TARGETS


def add_targets(env: Any, gate: Any, models: Sequence[Path], runtime: str) -> None:
    """Add TARGETS; `gate` is the gate's alias, `models` the int8 files, `runtime` what runs them."""
    env["TINYML_FIT"] = tuple(models), runtime
    files = [env.fs.File(str(path)) for path in models]
    for name, depends, action in ((REPORT, gate, None), (BASELINE, gate, None), (FIT, files, env.Action(_fit, None))):
        title, description = TARGETS[name]
        env.AddCustomTarget(name, depends, action, title=title, description=description)


def add_failing_targets(env: Any, failure: Any) -> None:
    """In a build that cannot be: all end in `failure`, and are listed."""
    all_targets = {**TARGETS, verify.TARGET: (verify.TITLE, verify.DESCRIPTION), **selftest.TARGETS}
    for name, (title, description) in all_targets.items():
        env.AddCustomTarget(name, failure, None, title=title, description=description)


def of_scripts(env: Any, aliases: Iterable[str]) -> list[str]:
    """Those of `aliases` that a script of the project made, to do something."""
    known = env.get("__PIO_TARGETS") or {}
    others = [name for name in aliases if not name.startswith(OURS)]
    return [name for name in others if known.get(name, {}).get("group", "Custom") == "Custom"]


@build_action
def _fit(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    models, runtime = env["TINYML_FIT"]
    for path in models:
        arguments = ["fit", str(path), "--runtime", runtime]
        result = builder.run_tool(env, arguments, f"TinyML: ranking boards for {path.name}")
        if result.stdout:  # that no board fits is an answer too
            say(result.stdout)
        else:
            complain(result.stderr or f"TinyML: fit ended with exit code {result.returncode}")
            return 1
    return 0
