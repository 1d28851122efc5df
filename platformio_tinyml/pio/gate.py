"""The gate: what is linked is measured and judged before anything is made of it, run or uploaded."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import Config, ModelConfig
from ..errors import ExitCode, TinymlError
from ..files import write_text
from ..manifest import Manifest, manifest_from_json
from ..sizes import is_of_baseline, parse_size
from . import board, builder
from .say import build_action, complain, complain_about, say

REJECTED = "over_budget.elf"
"""Where, in $BUILD_DIR/tinyml, the linked program goes that did not pass: debug probes upload ELF files."""

STAMP = "gate.json"
"""The last verdict, and by what it was reached."""

OVER_BUDGET = int(ExitCode.OVER_BUDGET)


@dataclass(frozen=True)
class Gate:
    """What is judged by what: the linked program, the manifests of its models, the options, and where reports go.

    `quantized`: of models that were made int8, the name and the JSON of how. `arenas`: with the runtime tflm, what was
    measured.
    """

    elf: Any
    manifests: tuple[Any, ...]
    config: Config
    folder: Path
    quantized: tuple[tuple[str, Path], ...] = ()
    arenas: tuple[Any, ...] = ()

    def arguments(self, env: Any) -> list[str]:
        """The arguments of `check`, but for the file to check."""
        config = self.config
        flash_limit, ram_limit = board.limits(env)
        options: list[tuple[str, object]] = [
            *(("--manifest", node.get_abspath()) for node in self.manifests),
            ("--environment", env["PIOENV"]),
            ("--board", env.get("BOARD")),
            ("--mcu", board.mcu(env)),
            ("--flash-limit", flash_limit),
            ("--ram-limit", ram_limit),
            ("--baseline", config.baseline),
            ("--flash-budget", config.flash_budget),
            ("--ram-budget", config.ram_budget),
            *(("--model-flash-budget", f"{m.name}={m.flash_budget}") for m in config.models if m.flash_budget),
            *(("--model-ram-budget", f"{m.name}={m.ram_budget}") for m in config.models if m.ram_budget),
            *(("--quantization", f"{name}={path}") for name, path in self.quantized),
            *(("--max-accuracy-drop", f"{m.name}={m.max_accuracy_drop}") for m in self._limited()),
            ("-o", self.folder),
        ]
        return ["check", *(word for name, value in options if value for word in (name, str(value)))]

    def _limited(self) -> list[ModelConfig]:
        names = {name for name, _ in self.quantized}
        return [model for model in self.config.models if model.max_accuracy_drop and model.name in names]


@build_action
def judge(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    """The gate's action. What was judged before, by the same measure, is told again without a process."""
    gate: Gate = env["TINYML_GATE"]
    elf = Path(gate.elf.get_abspath())
    arguments = gate.arguments(env)
    stamp = gate.folder / STAMP
    key = _key(elf, arguments, gate)
    verdict = _stored(stamp, key) if (gate.folder / "report.json").is_file() else None
    if verdict is None:
        counted = board.platformio_sizes(env, str(elf))
        extra = ["--platformio-flash", str(counted[0]), "--platformio-ram", str(counted[1])] if counted else []
        link_map = map_file(env, gate.elf)
        if link_map is not None and link_map.is_file():
            extra += ["--link-map", str(link_map)]
        if gate.arenas:
            extra += [word for node in gate.arenas for word in ("--arena", node.get_abspath())]
            env = env.Override({"TINYML_TOOL": env["TINYML_TOOL"].with_emulator()})
        result = builder.run_tool(env, [arguments[0], str(elf), *arguments[1:], *extra], f"TinyML: checking {elf.name}")
        if result.returncode in (0, OVER_BUDGET):
            write_text(stamp, json.dumps({"key": key, "code": result.returncode, "text": _text(result)}))
        verdict = result.returncode, _text(result)
    code, text = verdict
    if code:
        reject(env)
        complain(text)
        return 1
    say(text)
    return 0


@build_action
def preflight(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    """Refuse before linking what cannot fit: weights and arenas are known. Only a refusal starts a process."""
    gate: Gate = env["TINYML_GATE"]
    manifests = [manifest_from_json(Path(node.get_abspath()).read_text("utf-8")) for node in gate.manifests]
    if not _may_fit(manifests, gate.config, *board.limits(env)):
        result = builder.run_tool(env, gate.arguments(env), "TinyML: checking before the link")
        if result.returncode:
            reject(env)
            complain(_text(result))
            return 1
    write_text(Path(target[0].get_abspath()), "fits as far as is known before linking\n")
    return 0


@build_action
def judge_late_limits(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    """Judge again if the board's limits are not those that were judged by."""
    gate: Gate = env["TINYML_GATE"]
    key = _key(Path(gate.elf.get_abspath()), gate.arguments(env), gate)
    return 0 if _stored(gate.folder / STAMP, key) else int(judge(target, source, env))


def explain_overflow(env: Any, started: float, failures: Callable[[], Iterable[Any]]) -> None:
    """At the end of a build whose link failed: tell in the gate's words what the map says of a full region."""
    gate: Gate = env["TINYML_GATE"]
    path = map_file(env, gate.elf)
    if path is None or not any(failure.node is gate.elf for failure in failures()):
        return
    try:
        if path.stat().st_mtime >= started:
            result = builder.run_tool(env, [*gate.arguments(env), "--map", str(path)], f"TinyML: reading {path.name}")
            if result.returncode == OVER_BUDGET:
                complain(_text(result))
    except TinymlError as error:
        complain_about(error)
    except FileNotFoundError:
        return


def map_file(env: Any, elf: Any = None) -> Path | None:
    """The file that -Map names in the flags that link `elf`, in any of the forms that are in use."""
    flags = [str(flag) for flag in env.Flatten(env.get("LINKFLAGS", []))]
    for index, flag in enumerate(flags):
        _, found, path = flag.partition("-Map")
        if found:
            following = "".join(flags[index + 1 : index + 2])
            path = path.lstrip("=,") or following.replace("-Wl,", "")
            return Path(env.Dir("#").get_abspath(), env.subst(path.strip('"'), target=elf))
    return None


def reject(env: Any) -> None:
    """Leave nothing for an upload: remove the images, and move the program away, which is an image for some probes."""
    gate: Gate = env["TINYML_GATE"]
    elf, build = Path(gate.elf.get_abspath()), Path(env.subst("$BUILD_DIR"))
    name = env.subst("$PROGNAME")
    images = {Path(node.get_abspath()) for node in env.Alias("buildprog")[0].sources if hasattr(node, "get_abspath")}
    images.update(path for path in build.iterdir() if path.name.startswith(name) and path.suffix != ".map")
    for path in images - {elf}:
        if path.is_file():
            path.unlink()
    if elf.is_file():
        gate.folder.mkdir(parents=True, exist_ok=True)
        elf.replace(gate.folder / REJECTED)


def _may_fit(manifests: Sequence[Manifest], config: Config, flash_limit: int | None, ram_limit: int | None) -> bool:
    budgets = {model.name: model for model in config.models}
    flash, ram = sum(m.weights for m in manifests), sum(m.arena.size for m in manifests)
    return all(
        size <= parse_size(budget, limit)
        for size, budget, limit in (
            (flash, str(flash_limit) if flash_limit else None, flash_limit),
            (flash, config.flash_budget, flash_limit),
            (ram, str(ram_limit) if ram_limit else None, ram_limit),
            (ram, config.ram_budget, ram_limit),
            *((m.weights, budgets[m.name].flash_budget, flash_limit) for m in manifests),
            *((m.arena.size, budgets[m.name].ram_budget, ram_limit) for m in manifests),
        )
        if budget is not None and not is_of_baseline(budget)
    )


def _key(elf: Path, arguments: Sequence[str], gate: Gate) -> str:
    digest = hashlib.sha256(elf.read_bytes())
    paths = [Path(node.get_abspath()) for node in (*gate.manifests, *gate.arenas)]
    paths += [path for _, path in gate.quantized]
    paths += [gate.config.baseline] if gate.config.baseline else []
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(json.dumps([*arguments, builder.cached_tool_hash()]).encode())
    return digest.hexdigest()


def _stored(stamp: Path, key: str) -> tuple[int, str] | None:
    try:
        stored = json.loads(stamp.read_text("utf-8"))
        return (int(stored["code"]), str(stored["text"])) if stored["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _text(result: subprocess.CompletedProcess[str]) -> str:
    text = result.stdout + result.stderr
    return text or f"TinyML: check ended with exit code {result.returncode} and no word"
