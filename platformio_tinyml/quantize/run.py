"""Run a worker: a process of the conversion environment that says how far it is and gives one result as JSON."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from ..errors import ModelError, SetupError, TinymlError, UsageError
from ..model.naming import printable
from ..shell_line import shell_line

WORKER = Path(__file__).parent / "workers" / "run.py"
PROTOCOL = "tinyml-worker/1"
_ERRORS: Mapping[str, type[TinymlError]] = {"usage": UsageError, "model": ModelError, "environment": SetupError}
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SECONDS_BETWEEN_LINES = 1.0
_MEMORY = ("bad_alloc", "MemoryError", "Cannot allocate memory", "OOM when", "RESOURCE_EXHAUSTED")
_FATAL = ("Check failed", "F0000", " F ", "terminate called", "Fatal", "assertion", "LLVM ERROR", "Assertion")

Announce = Callable[[str], None]


class WorkerDied(ModelError):
    """A signal ended the worker: not the system for want of memory, but a fault of TensorFlow's. `stage`: its last."""

    def __init__(self, message: str, next_step: str, *, stage: str, signal_name: str) -> None:
        super().__init__(message, next_step, code="worker-died")
        self.stage = stage
        self.signal_name = signal_name


def run_worker(python: Path, arguments: Sequence[str], announce: Announce, timeout: float) -> dict[str, Any]:
    """Run the worker with `arguments` by `python`; its result.

    Its progress goes to `announce`, at most a line a second but for the first and the last of a stage. The worker dies
    with this process. TinymlError: what the worker refused, died of, or was killed for after `timeout` seconds.
    """
    command = [str(python), "-X", "utf8", str(WORKER), *arguments]
    with tempfile.TemporaryDirectory(prefix="tinyml-") as scratch, tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(
                command,
                env=_environment(scratch),
                cwd=scratch,
                stdin=subprocess.PIPE,  # held open: the worker ends when it closes, with this process
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise SetupError(f"cannot run {python}: {error.strerror or error}", "Check the interpreter.") from error
        late = threading.Event()

        def stop() -> None:
            late.set()
            _kill(process)

        timer = threading.Timer(timeout, stop)
        timer.daemon = True
        try:
            timer.start()
            answer = _listen(process, announce)
            process.wait()
        finally:
            timer.cancel()
            _kill(process)
            process.wait()
        if late.is_set():
            raise SetupError(
                f"the conversion took longer than {timeout:g} seconds and was stopped",
                "Allow more with --timeout, or give fewer samples.",
                code="timeout",
            )
        return _result(answer, process.returncode, log, command)


def _death(stage: str | None, returncode: int, said: Sequence[str], command: Sequence[str]) -> TinymlError:
    """Why a worker gave no answer. `stage` is the last that it told of; `said` are the lines of its log.

    A process that a signal ended did not write its last line: the log tells of it where it names memory, else no line.
    """
    where = f" while {printable(stage)}" if stage else ""
    by_hand = f"See all it says: {shell_line([*command, '--alone'])}"
    if returncode >= 0:
        last = printable("".join(said[-1:]), 300)
        return SetupError(
            f"the conversion ended{where} without a result (exit code {returncode}): {last}", by_hand, code="worker"
        )
    name = _signal_name(-returncode)
    if name == "SIGALRM":
        return ModelError(
            "the model's file is damaged: the look into it does not come to an end",
            "Save the model again, and copy it as binary files.",
            code="model-damaged",
        )
    memory = next((line for line in said if any(word in line for word in _MEMORY)), None)
    if memory or name == "SIGKILL":
        why = printable(memory or "it needed more memory than there is, most likely", 300)
        return SetupError(
            f"the conversion was ended{where} ({name}): {why}",
            "Give a smaller model or fewer samples, or close other programs.",
            code="worker-memory",
        )
    reason = next((line for line in reversed(said) if any(word in line for word in _FATAL)), None)
    return WorkerDied(
        f"TensorFlow died{where} ({name}){f': {printable(reason, 300)}' if reason else ', a fault of its own'}",
        "Leave out the last layers in turn to find the one it does not bear, or give a float .tflite that you made "
        f"otherwise. {by_hand}",
        stage=stage or "",
        signal_name=name,
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _listen(process: subprocess.Popen[str], announce: Announce) -> dict[str, Any]:
    """Pass progress on until the worker closes its output; its answer, or the stage that it came to."""
    answer: dict[str, Any] = {}
    stage, said = "", 0.0  # of the last line that was passed on
    for line in process.stdout or ():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if "stage" not in message:
            answer = message
            continue
        answer = {"stage": message["stage"]}
        done, total = message.get("done"), message.get("total")
        if message["stage"] != stage or done == total or time.monotonic() - said >= _SECONDS_BETWEEN_LINES:
            stage, said = message["stage"], time.monotonic()
            announce(f"TinyML: {printable(stage)}" + (f" {done} of {total}" if total else ""))
    return answer


def _result(answer: dict[str, Any], returncode: int, log: IO[bytes], command: Sequence[str]) -> dict[str, Any]:
    if "error" in answer:
        error = answer["error"]
        message, step = (_plain(error[part]) for part in ("message", "next"))
        raise _ERRORS.get(error["kind"], SetupError)(message, step, code=error["code"])
    if returncode == 0 and answer.get("protocol") == PROTOCOL:
        result: dict[str, Any] = answer["result"]
        return result
    log.seek(0)
    said = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    raise _death(answer.get("stage"), returncode, said, command)


def _plain(text: str) -> str:
    """In one line, without the colours of TensorFlow: a model's file has a say in what an error names."""
    return printable(_COLOURS.sub("", text))


def _environment(scratch: str) -> dict[str, str]:
    """Nothing that leads Python astray, nothing that makes results differ, nothing to be downloaded."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | {
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": scratch,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "HF_HUB_OFFLINE": "1",
        "HDF5_PLUGIN_PRELOAD": "::",  # no program of the system's unpacks an array
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch),
    }


def _kill(process: subprocess.Popen[str]) -> None:
    """With whatever it started."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
