"""Run a worker: a process of the conversion environment that says how far it is and gives one result as JSON."""

from __future__ import annotations

import json
import os
import shlex
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

WORKER = Path(__file__).parent / "workers" / "run.py"
PROTOCOL = "tinyml-worker/1"
_ERRORS: Mapping[str, type[TinymlError]] = {"usage": UsageError, "model": ModelError, "environment": SetupError}
_SECONDS_BETWEEN_LINES = 1.0

Announce = Callable[[str], None]


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
        timer.start()
        try:
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


def _listen(process: subprocess.Popen[str], announce: Announce) -> dict[str, Any]:
    """Pass progress on until the worker closes its output; its answer, {} if there was none."""
    answer: dict[str, Any] = {}
    stage, said = "", 0.0
    for line in process.stdout or ():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if "stage" not in message:
            answer = message
            continue
        done, total = message.get("done"), message.get("total")
        if message["stage"] != stage or done == total or time.monotonic() - said >= _SECONDS_BETWEEN_LINES:
            stage, said = message["stage"], time.monotonic()
            announce(f"TinyML: {printable(stage)}" + (f" {done} of {total}" if total else ""))
    return answer


def _result(answer: dict[str, Any], returncode: int, log: IO[bytes], command: Sequence[str]) -> dict[str, Any]:
    if "error" in answer:
        error = answer["error"]
        raise _ERRORS.get(error["kind"], SetupError)(error["message"], error["next"], code=error["code"])
    if returncode == 0 and answer.get("protocol") == PROTOCOL:
        result: dict[str, Any] = answer["result"]
        return result
    log.seek(0)
    last = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()][-1:]
    raise SetupError(
        f"the conversion ended without a result (exit code {returncode}): {printable(''.join(last), 300)}",
        f"See all it says: {shlex.join(command)}",
        code="worker",
    )


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
    }


def _kill(process: subprocess.Popen[str]) -> None:
    """With whatever it started."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
