"""`pio run -t tinyml_verify`: the linked program's outputs against another implementation, in the emulator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import builder
from .say import build_action, complain, say

TARGET = "tinyml_verify"
TITLE = "TinyML Verify"
DESCRIPTION = "Compare the program's outputs with a second implementation, in an emulator"


def add_target(env: Any, elf: Any, models: Sequence[tuple[Path, Any]]) -> None:
    """Add the target; `models` are (the int8 file, the node of the manifest)."""
    env["TINYML_VERIFY"] = elf, tuple(models)
    env.AddCustomTarget(TARGET, elf, env.Action(_verify, None), title=TITLE, description=DESCRIPTION)


@build_action
def _verify(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    elf, models = env["TINYML_VERIFY"]
    emulating = env.Override({"TINYML_TOOL": env["TINYML_TOOL"].with_emulator()})
    for path, manifest in models:
        files = ["--manifest", manifest.get_abspath(), "--model", str(path)]
        result = builder.run_tool(emulating, ["verify", elf.get_abspath(), *files], f"TinyML: verifying {path.name}")
        if result.stdout:
            say(result.stdout)
        if result.returncode:
            complain(result.stderr or f"TinyML: {path.name}: the outputs differ")
            return 1
    return 0
