"""`pio run -t tinyml_selftest`: the models on the device itself, in a firmware of their own.

That firmware is a second build of the same environment, by PlatformIO itself: with a main of ours in the place of the
project's sources, in a folder of its own, so that the project's program stays what it was. What uploads the program
uploads that one, and the serial port is the monitor's. Where the platform has no devices (native, platform-emulated)
the program is run, as `pio test` does.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from SCons.Script import ARGUMENTS

from ..config import DEVICE_FILE, Config
from ..errors import ExitCode, SetupError, UsageError
from ..files import write_bytes, write_text
from ..manifest import read_manifest
from . import board, builder, verify
from .profile import PROFILE, Profiled
from .say import build_action, complain, say
from .selftest_names import (
    FINGERPRINT,
    INSIDE,
    LOG,
    PLAIN,
    PLAN,
    PROBING,
    SOURCES,
    SUITE,
    SUITE_FOLDER,
    TRACE,
)

TARGET, OPERATORS, PROBE = "tinyml_selftest", "tinyml_selftest_operators", "tinyml_probe"
TARGETS = {
    TARGET: ("TinyML Self Test", "Upload the models alone, run them on the device, compare their outputs"),
    OPERATORS: ("TinyML Self Test, Operators", "The same with the time of each operator"),
    PROBE: ("TinyML Probe", "The same with the smallest arena that TensorFlow Lite Micro takes on the device"),
    SUITE: ("TinyML Self Test, Sources", "Write the self test's sources alone, for a suite of `pio test`"),
}
FOLDER = "$PROJECT_WORKSPACE_DIR/tinyml_selftest/$PIOENV"


@dataclass(frozen=True)
class _Port:
    """Where the log comes from: a serial port (`is_real`), at `speed` baud, or the program's standard output."""

    is_real: bool
    speed: int


def add_targets(env: Any, config: Config, models: Sequence[Profiled]) -> None:
    """Add the targets; `models` are all of the environment's."""
    env["TINYML_SELFTEST"] = config, tuple(models)
    manifests = [model.manifest for model in models]
    actions = {TARGET: _selftest, OPERATORS: _operators, PROBE: _probe, SUITE: _suite}
    for name, (title, description) in TARGETS.items():
        action = env.Action(actions[name], None)
        env.AddCustomTarget(name, manifests, action, title=title, description=description)


def within(config: Config) -> Config:
    """`config` as the second build has it: budgets and the baseline are of the project's program, outputs compared
    by the device."""
    if not os.environ.get(INSIDE):
        return config
    inner = replace(config, budgets=(), baseline=None, verify=None, require="bound")
    # What was probed before is no bound to a probe.
    return replace(inner, device=None) if os.environ[INSIDE] == PROBING else inner


def traced_flags(env: Any, name: str) -> list[str]:
    """Flags for the sources of the model `name`, in a second build that looks into models."""
    if os.environ.get(INSIDE) != TRACE:
        return []
    sources = Path(env.subst(FOLDER), SOURCES)
    return ["-I", str(sources), "-include", str(sources / f"tinyml_trace_{name}.h")]


@build_action
def _selftest(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    code = _run(env, trace=False)
    if code == ExitCode.OVER_BUDGET:
        say("TinyML: looking for the first tensor that differs, in a second firmware")
        _run(env, trace=True)
    return 1 if code else 0


@build_action
def _operators(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    return 1 if _run(env, trace=False) or _run(env, trace=True) else 0


@build_action
def _probe(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    from ..selftest.plan import is_probed

    _, models = env["TINYML_SELFTEST"]
    manifests = [read_manifest(Path(model.manifest.get_abspath())) for model in models]
    if not any(is_probed(manifest, probe=True) for manifest in manifests):
        raise UsageError(
            "no model of this environment has an arena of its own in TensorFlow Lite Micro: there is nothing to probe",
            "Planned arenas are exact; run `pio run -t tinyml_selftest`.",
        )
    return 1 if _run(env, trace=False, probe=True) else 0


@build_action
def _suite(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    folder = Path(os.environ.get(SUITE_FOLDER, env.subst(FOLDER)))
    port = replace(_port(env), is_real=env.PioPlatform().is_embedded())
    _prepare(env, folder, replace(port, speed=int(env.GetProjectOption("test_speed"))), trace=False, probe=False)
    for _, manifest in _models(env):  # a computer that has the board alone judges too
        write_text(folder / manifest.name, manifest.read_text("utf-8"))
    return 0


def _models(env: Any) -> list[tuple[Profiled, Path]]:
    """Each model of the environment, and its manifest."""
    _, models = env["TINYML_SELFTEST"]
    return [(model, Path(model.manifest.get_abspath())) for model in models]


def _run(env: Any, *, trace: bool, probe: bool = False) -> int:
    """The exit code of the verdict."""
    from ..selftest.log import LogReader  # here and above: no other build is to wait for it
    from . import serial_port

    folder = Path(env.subst(FOLDER))
    port = _port(env)
    _prepare(env, folder, port, trace=trace, probe=probe)
    plan = folder / PLAN
    reader = LogReader(_nonce(plan))
    _build(env, folder, ["-t", "upload"] if port.is_real else [], TRACE if trace else PROBING if probe else PLAIN)
    config, models = env["TINYML_SELFTEST"]
    if port.is_real:
        log = serial_port.read(env, reader, config.selftest_timeout)
    else:
        log = _run_program(folder / "build" / env["PIOENV"], config.selftest_timeout)
    write_bytes(folder / LOG, log)
    words = ["selftest", "--plan", str(plan), "--log", str(folder / LOG)]
    words += ["--clock", str(board.clock(env))] if board.clock(env) else []
    words += _keeping(env, folder) if port.is_real and not trace else []
    words += [] if port.is_real else ["--emulated"]
    words += ["--arena-margin", config.arena_margin] if config.arena_margin else []
    for name in [f"{model.name}_{PROFILE}" for model in models]:
        built, profile = Path(folder, "build", env["PIOENV"], "tinyml", name), folder / name
        if built.is_file() and not trace:  # the other firmware's models count what looks into them
            write_text(profile, built.read_text("utf-8"))
        words += ["--profile", str(profile)] if profile.is_file() else []
    running = env.Override({"TINYML_TOOL": env["TINYML_TOOL"].with_emulator()})
    result = builder.run_tool(running, words, "TinyML: judging what the device said")
    if result.stdout:
        say(result.stdout)
    if result.stderr:
        complain(result.stderr)
    return result.returncode


def _keeping(env: Any, folder: Path) -> list[str]:
    """The arguments that let a verdict be kept in the project."""
    write_text(folder / FINGERPRINT, env["TINYML_FINGERPRINT"]())
    board_name = ["--board", env["BOARD"]] if "BOARD" in env else []
    kept = str(Path(env["PROJECT_DIR"], DEVICE_FILE))
    fingerprint = str(folder / FINGERPRINT)
    return ["--keep", kept, "--fingerprint", fingerprint, "--environment", env["PIOENV"], *board_name]


def _port(env: Any) -> _Port:
    has_devices = env.PioPlatform().is_embedded() or bool(env.GetProjectOption("monitor_port", ""))
    return _Port(has_devices, int(env.GetProjectOption("monitor_speed", 9600)))


def _nonce(plan: Path) -> str:
    return str(json.loads(plan.read_text("utf-8"))["nonce"])


def _prepare(env: Any, folder: Path, port: _Port, *, trace: bool, probe: bool) -> None:
    """Write plan and sources. SetupError where that fails, told."""
    config, models = env["TINYML_SELFTEST"]
    words = ["selftest", "-o", str(folder), "--speed", str(port.speed), *verify.compiler_arguments(env)]
    for model in models:
        words += ["--manifest", model.manifest.get_abspath(), "--model", str(model.path)]
        words += ["--inputs", f"{model.name}={model.golden}"] if model.golden else []
    sketch = "arduino" in env.get("PIOFRAMEWORK", [])
    flags = (("--once", not port.is_real), ("--arduino", sketch), ("--trace", trace), ("--probe", probe))
    words += [name for name, wanted in flags if wanted]
    words += ["--port", str(config.selftest_port)] if config.selftest_port else []
    flash, _ = board.limits(env)
    if flash:
        taken = sum(read_manifest(Path(model.manifest.get_abspath())).weights for model in models)
        words += ["--most", str(max(flash - taken, 0) // 2 // len(models))]
    running = env.Override({"TINYML_TOOL": verify.with_wheel(env["TINYML_TOOL"].with_emulator())})
    result = builder.run_tool(running, words, "TinyML: preparing the self test")
    if result.returncode:
        complain(result.stderr)
        raise SetupError("there is no self test of these models", "The lines above say why.")


def _build(env: Any, folder: Path, targets: Sequence[str], inside: str) -> None:
    """The second build, and the upload. SetupError where it fails, with what it said."""
    command = [env.subst("$PYTHONEXE"), "-m", "platformio", "run", "-s", "-d", env["PROJECT_DIR"]]
    command += ["-c", env["PROJECT_CONFIG"], "-e", env["PIOENV"], *targets]
    command += ["-v"] if int(ARGUMENTS.get("PIOVERBOSE", 0)) else []
    variables = {
        "PLATFORMIO_SRC_DIR": str(folder / SOURCES),
        "PLATFORMIO_BUILD_DIR": str(folder / "build"),
        "PLATFORMIO_BUILD_SRC_FILTER": "+<*>",
        INSIDE: inside,
    }
    say(f"TinyML: building the self test in {folder}" if not env["TINYML_VERBOSE"] else shlex.join(command))
    result = subprocess.run(
        command,
        cwd=env["PROJECT_DIR"],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if result.returncode:
        complain(result.stdout)
        doing = "uploaded" if targets else "built"
        raise SetupError(f"the self test could not be {doing}", "The lines above are PlatformIO's, of that build.")


def _run_program(folder: Path, seconds: float) -> bytes:
    """What the program printed; its exit code tells nothing that its log does not."""
    program = next((path for path in (folder / "program", folder / "program.exe") if path.is_file()), None)
    if program is None:
        raise SetupError(f"there is no program in {folder}", "Set monitor_port, if the board has a serial port.")
    say(f"TinyML: running {program}")
    started = time.monotonic()
    try:
        done = subprocess.run(
            [str(program)], stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        complain(f"TinyML: {program.name} was ended after {time.monotonic() - started:.0f} s")
        return error.stdout or b""
    if done.returncode:
        complain(
            f"TinyML: {program.name} ended with {done.returncode}: {done.stderr.decode('utf-8', 'replace')[-500:]}"
        )
    return done.stdout
