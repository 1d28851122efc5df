"""PlatformIO and SCons, each in a process of its own that is forked from one which has imported them already.

Importing them is half of what a build without work takes. What a build loads of this project it imports itself, and
its arguments, folder, variables and streams are the caller's. Builds that a test starts by itself, to kill them or to
take their network away, begin as users' do.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SOCKET = "TINYML_TEST_WARM"
"""Names the session's socket in the environment of a build."""

LAUNCHER = f"""\
import os
import sys

if "{SOCKET}" in os.environ:
    sys.path.append({str(Path(__file__).parent)!r})
    from warm import ask

    sys.exit(ask("SCons", sys.argv, os.environ, os.getcwd(), (0, 1, 2)))
from SCons.Script import main

main()
"""
"""The file scons.py of a PlatformIO core directory."""

_MODULES = (
    *("platformio.cli", "platformio.maintenance", "platformio.public", "platformio.run.cli"),
    *("SCons.Script", "SCons.Platform.posix", "SCons.Tool.cc", "SCons.Tool.c++", "SCons.Tool.link", "SCons.Tool.ar"),
    *("SCons.Tool.asm", "elftools.elf.elffile", "elftools.elf.descriptions"),
)
_LENGTH = 8


def serves(variables: Mapping[str, str]) -> bool:
    """Whether a process that runs already can be given them: not what Python looks at when it starts."""
    return not any(name.startswith(("PYTHON", "LANG", "LC_")) and name != "PYTHONPATH" for name in variables)


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """`pio ARGUMENTS...` by the process that $TINYML_TEST_WARM of `environment` names."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors, Path(os.devnull).open() as nothing:
        streams = (nothing.fileno(), out.fileno(), errors.fileno())
        code = ask("platformio", ["platformio", *arguments], environment, str(folder), streams, timeout)
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read().decode().replace("\r\n", "\n"))
    return subprocess.CompletedProcess(list(arguments), code, *texts)


def ask(
    what: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    streams: Sequence[int],
    timeout: float | None = None,
) -> int:
    """Run `what` in `folder`, with the caller's `streams`; the exit code, negative by a signal."""
    job = json.dumps([what, list(arguments), dict(environment), folder]).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(environment[SOCKET])
        socket.send_fds(connection, [len(job).to_bytes(_LENGTH, "big")], streams)
        connection.sendall(job)
        answers = connection.makefile()
        worker = int(answers.readline())
        try:
            return int(answers.readline())
        except TimeoutError:
            os.kill(worker, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), timeout or 0) from None


@contextmanager
def server() -> Iterator[str]:
    """The socket of a process that serves until the end of this one at the latest."""
    with tempfile.TemporaryDirectory(prefix="tinyml-warm-") as folder:
        path = f"{folder}/socket"
        command = [sys.executable, __file__, path]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:
            assert process.stdin
            assert process.stdout
            assert process.stdout.readline(), "it listens"
            yield path
            process.stdin.close()


def _serve(path: str) -> tuple[str, list[str]]:
    """Fork for each who asks, until standard input ends. Returns in the forked processes alone, with what to run."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("listens", flush=True)
    for module in _MODULES:
        importlib.import_module(module)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork():
            connection.close()
            continue
        listener.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        length, streams, *_ = socket.recv_fds(connection, _LENGTH, 3)
        what, arguments, environment, folder = json.loads(_received(connection, int.from_bytes(length, "big")))
        if worker := os.fork():
            connection.sendall(f"{worker}\n".encode())
            _, status = os.waitpid(worker, 0)
            connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os._exit(0)
        connection.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        return what, arguments
    os._exit(0)


def _received(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += connection.recv(size - len(data))
    return data


def _run(what: str, arguments: list[str]) -> None:
    """As `python -m platformio`, or as `python scons.py`: with the same path to search, and PYTHONPATH's hook."""
    sys.argv = arguments
    sys.path[0] = str(Path.cwd()) if what == "platformio" else str(Path(arguments[0]).parent)
    if more := os.environ.get("PYTHONPATH"):
        sys.path[1:1] = more.split(os.pathsep)
        if importlib.util.find_spec("sitecustomize"):
            importlib.import_module("sitecustomize")
    if what == "platformio":
        runpy.run_module("platformio", run_name="__main__", alter_sys=True)
    else:
        from SCons.Script import main

        main()


if __name__ == "__main__":
    _run(*_serve(sys.argv[1]))
