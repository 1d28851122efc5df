"""The gate: what is linked is measured and judged before anything is made of it, run or uploaded."""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..budgets import is_of_baseline, parse_budget
from ..config import DEVICE, Config, ModelConfig
from ..custom_operators import refuse_unused
from ..errors import ExitCode, SetupError, TinymlError
from ..files import write_text
from ..manifest import Manifest, least_ram, read_manifest
from ..options import option_name
from ..tool_env import locked
from . import board, builder, page, profile, targets, tflm, verify
from .images import images_of, refuse_larger, remove_images
from .linker_flags import goes_on_after_errors, map_file
from .say import build_action, complain, complain_about, say
from .stamp import hash_of, make_stamp, read_stamp, stored_verdict

FINGERPRINT = "fingerprint.json"
"""In the folder of the reports: what decides on the models' figures."""
OVER_BUDGET = int(ExitCode.OVER_BUDGET)


@dataclass(frozen=True)
class Gate:
    """What is judged by what: the linked program, the manifests of its models, the options, and where reports go.

    `quantized`: of models that were made int8, the name and the JSON of how. `arenas`: with the runtime tflm, what was
    measured. `profiled`: the models, with what decides on their code.
    """

    elf: Any
    manifests: tuple[Any, ...]
    config: Config
    folder: Path
    quantized: tuple[tuple[str, Path], ...] = ()
    arenas: tuple[Any, ...] = ()
    profiled: tuple[profile.Profiled, ...] = ()
    passed: str = "preflight.txt"

    @property
    def preflight(self) -> Path:
        """The file that says that the preflight passed."""
        return self.folder / self.passed

    def measuring(self, env: Any) -> list[str]:
        """The arguments of `check`, but for the file to check, what it is judged by and where reports go."""
        flash_limit, ram_limit = board.limits(env)
        options: list[tuple[str, object]] = [
            *(("--manifest", node.get_abspath()) for node in self.manifests),
            ("--environment", env["PIOENV"]),
            ("--board", env.get("BOARD")),
            ("--mcu", board.mcu(env)),
            ("--flash-limit", flash_limit),
            ("--ram-limit", ram_limit),
            *(("--quantization", f"{name}={path}") for name, path in self.quantized),
            ("--device", self.config.device),
        ]
        return ["check", *_words(options)]

    def arguments(self, env: Any) -> list[str]:
        """The arguments of `check`, but for the file to check."""
        config = self.config
        options: list[tuple[str, object]] = [
            ("--baseline", config.baseline),
            *((budget.kind.argument, budget.value) for budget in config.budgets),
            *(("--max-accuracy-drop", f"{m.name}={m.max_accuracy_drop}") for m in self._limited()),
            ("--arena-section", config.arena_section or config.persistent_section),
            ("-o", self.folder),
        ]
        required = ["--require-device"] if config.require == DEVICE else []
        return [*self.measuring(env), *_words(options), *required]

    def _limited(self) -> list[ModelConfig]:
        names = {name for name, _ in self.quantized}
        return [model for model in self.config.models if model.max_accuracy_drop and model.name in names]


def judging(function: Callable[..., int]) -> Callable[..., int]:
    """Make an SCons action of `function(env)`, after which there is a program that passed, or none."""

    @build_action
    @functools.wraps(function)
    def action(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
        code = 1
        try:
            code = function(env)
        finally:
            if code:
                reject(env)
        return code

    return action


@judging
def judge(env: Any) -> int:
    """The gate's action. What was judged before, by the same measure, is told again without a process."""
    return _judge(env)


@judging
def judge_late_limits(env: Any) -> int:
    """Judge again if the board's limits are not those that were judged by."""
    gate: Gate = env["TINYML_GATE"]
    key = _key(env, Path(gate.elf.get_abspath()), gate.arguments(env), gate)
    stored = stored_verdict(gate.folder, key)
    return 0 if stored and stored[0] == 0 else _judge(env)


@judging
def preflight(env: Any) -> int:
    """Refuse what cannot fit: before the link, when weights and arenas are known; with the runtime tflm also before
    anything is compiled, by what an arena cannot do without. Only a refusal starts a process.
    """
    gate: Gate = env["TINYML_PREFLIGHT"]
    manifests = [read_manifest(Path(node.get_abspath())) for node in gate.manifests]
    custom = dict(gate.config.custom_operators)
    refuse_unused(custom, [each.custom_operators for each in manifests], option_name("custom_operators"))
    if not _may_fit(manifests, gate.config, *board.limits(env)):
        result = builder.run_tool(env, gate.arguments(env), "TinyML: checking before the link")
        if result.returncode:
            return _tell(gate, result.returncode, _text(result))
    for manifest in manifests:
        if manifest.arena.static and not manifest.arena.method:
            static = manifest.arena.static
            say(f"TinyML: {manifest.name} takes an arena of about {static.size:,} bytes ({static.kernels} kernels)")
    write_text(gate.preflight, "fits as far as is known before linking\n")
    return 0


@judging
def keep_baseline(env: Any) -> int:
    """Before the gate, so that it judges by the new figures: measure the program without any budget, keep that."""
    gate: Gate = env["TINYML_GATE"]
    folder = gate.folder / "baseline"
    words = [*gate.measuring(env), *_link_map(env, gate), *_found_out(env, gate), "-o", str(folder)]
    result = builder.run_tool(env, [words[0], gate.elf.get_abspath(), *words[1:]], "TinyML: measuring the baseline")
    if result.returncode in (0, OVER_BUDGET):
        path = str(gate.config.baseline)
        with locked(Path(env["TINYML_CACHE"], "baseline.lock")):
            arguments = ["baseline", str(folder / "report.json"), "-o", path]
            result = builder.run_tool(env, arguments, f"TinyML: writing {path}")
        if result.returncode == 0:
            say(result.stdout)
            return 0
    complain(_text(result))
    return 1


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
                _tell(gate, result.returncode, _text(result))
    except TinymlError as error:
        complain_about(error)
    except FileNotFoundError:
        return


def images(env: Any) -> list[Path]:
    """What PlatformIO makes of the program, the files of `buildprog`; native has no other than the program."""
    gate: Gate = env["TINYML_GATE"]
    return [Path(node.get_abspath()) for node in image_nodes(env, gate.elf)]


def image_nodes(env: Any, elf: Any) -> list[Any]:
    """The nodes of images."""
    sources = env.Alias("buildprog")[0].sources
    return [node for node in sources if hasattr(node, "get_abspath") and node is not elf]


@judging
def check_images(env: Any) -> int:
    """After the images are made: an action of a script may have changed one, or the program, since the verdict."""
    gate: Gate = env["TINYML_GATE"]
    elf, stamp = Path(gate.elf.get_abspath()), read_stamp(gate.folder)
    if stamp and elf.is_file() and stamp.program != hash_of(elf):
        say(f"TinyML: {elf.name} was changed after it was checked")
        if _judge(env):
            return 1
        stamp = read_stamp(gate.folder)
    named = images_of(Path(env.subst("$BUILD_DIR")), env.subst("$PROGNAME"))
    refuse_larger({*images(env), *named}, stamp)
    return 0


def reject(env: Any) -> None:
    """Leave nothing for an upload."""
    gate: Gate = env["TINYML_GATE"]
    stamp = read_stamp(gate.folder)
    linked = stamp.linked if stamp else None
    remove_images(Path(env.subst("$BUILD_DIR")), Path(gate.elf.get_abspath()), images(env), linked)


def _judge(env: Any) -> int:
    gate: Gate = env["TINYML_GATE"]
    env["TINYML_UNCHANGED"]()
    elf = Path(gate.elf.get_abspath())
    arguments = gate.arguments(env)
    key = _key(env, elf, arguments, gate)
    verdict = stored_verdict(gate.folder, key)
    if verdict is None:
        counted = board.platformio_sizes(env, str(elf))
        extra = ["--platformio-flash", str(counted[0]), "--platformio-ram", str(counted[1])] if counted else []
        extra += _link_map(env, gate)
        extra += _found_out(env, gate)
        if gate.arenas:
            extra += [word for node in gate.arenas for word in ("--arena", node.get_abspath())]
            env = env.Override({"TINYML_TOOL": env["TINYML_TOOL"].with_emulator()})
        result = builder.run_tool(env, [arguments[0], str(elf), *arguments[1:], *extra], f"TinyML: checking {elf.name}")
        verdict = result.returncode, _text(result)
        if _key(env, elf, arguments, gate) != key:
            raise SetupError(f"{elf} changed while it was checked", "Build again.")
        if result.returncode in (0, OVER_BUDGET):
            make_stamp(gate.folder, key, env["TINYML_MEASURE"](), elf, *verdict).write(gate.folder)
    return _tell(gate, *verdict)


def _tell(gate: Gate, code: int, text: str) -> int:
    """Print a verdict, and show its page if that was asked for; 1 if it is not a pass."""
    (complain if code else say)(text)
    if targets.asked(targets.REPORT) and code in (0, OVER_BUDGET):
        page.show(gate.folder / "report.html")
    return 1 if code else 0


def _words(options: Iterable[tuple[str, object]]) -> list[str]:
    """The arguments of those options that have a value."""
    return [word for name, value in options if value for word in (name, str(value))]


def _link_map(env: Any, gate: Gate) -> list[str]:
    path = map_file(env, gate.elf)
    words = ["--map", str(path)] if path is not None and path.is_file() else []
    return [*words, "--require-map"] if goes_on_after_errors(env) else words


def _found_out(env: Any, gate: Gate) -> list[str]:
    """What running the models in the emulator shows, as arguments of `check`."""
    config, emulated = gate.config, tflm.can_be_emulated(env)
    linked = [model for model in gate.profiled if profile.is_linked(gate.elf, model)]
    wanted = emulated and linked and (config.profile or config.verify)
    running = profile.with_emulator(env) if wanted else None
    if running and config.verify:
        running = running.Override({"TINYML_TOOL": verify.with_wheel(running["TINYML_TOOL"])})
    looks = verify.looks(env, config, linked, running)
    profiled = linked if config.profile else []
    words, looked_at = profile.profile_all(env, gate.elf, profiled, running, gate.folder, looks)
    words += verify.verify_all(env, config, gate.profiled, running, gate.folder, looked_at)
    write_text(gate.folder / FINGERPRINT, env["TINYML_FINGERPRINT"]())
    return [*words, "--fingerprint", str(gate.folder / FINGERPRINT)]


def _may_fit(manifests: Sequence[Manifest], config: Config, flash_limit: int | None, ram_limit: int | None) -> bool:
    limits = {"flash": flash_limit, "ram": ram_limit}
    sizes = {"flash": {m.name: m.weights for m in manifests}, "ram": {m.name: m.least_ram for m in manifests}}
    totals = {"flash": sum(m.weights for m in manifests), "ram": least_ram(manifests)}
    placed = config.arena_section or config.persistent_section
    certain = ["flash"] if placed else ["flash", "ram"]  # such a section may lie in another RAM
    if any(totals[memory] > (limits[memory] or sys.maxsize) for memory in certain):
        return False
    for budget in config.budgets:
        memory = budget.kind.memory
        if memory and budget.kind.early and not is_of_baseline(budget.text):
            least = sizes[memory][budget.model] if budget.model else totals[memory]
            if least > parse_budget(budget.text, budget.kind, limits[memory], None):
                return False
    return True


def _key(env: Any, elf: Path, arguments: Sequence[str], gate: Gate) -> str:
    digest = hashlib.sha256(hash_of(elf).encode())
    paths = [Path(node.get_abspath()) for node in (*gate.manifests, *gate.arenas)]
    paths += [path for _, path in gate.quantized]
    paths += [path for path in (gate.config.baseline, gate.config.device) if path]
    paths += [model.golden for model in gate.profiled if model.golden]
    for path in paths:
        digest.update(hash_of(path).encode())
    settings = [gate.config.profile, *profile.settings(env)]
    digest.update(json.dumps([*arguments, gate.config.verify, settings, builder.cached_tool_hash()]).encode())
    return digest.hexdigest()


def _text(result: subprocess.CompletedProcess[str]) -> str:
    text = result.stdout + result.stderr
    return text or f"TinyML: check ended with exit code {result.returncode} and no word"
