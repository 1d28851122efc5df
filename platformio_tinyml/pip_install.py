"""pip, as a build runs it: only files whose hashes are pinned, never in silence, and what went wrong in words."""

from __future__ import annotations

import importlib.util
import os
import re
import site
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from .errors import SetupError

PATIENCE = 10
"""Seconds of silence, after which a build says what it waits for."""
ANSWER = 15
"""Seconds in which an index has to answer; pip asks it twice."""
LONGEST = 3600
"""Seconds for all of it: a slow line may take long, but not for ever."""

_NO_ANSWER = re.compile(
    r"connection broken by|NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|Connection(?:Reset|Refused)|"
    r"Temporary failure in name resolution|Max retries exceeded|"
    r"tcp connect error|dns error|operation timed out|client error \(Connect\)",  # uv's words
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(r"No matching distribution found for ([\w.-]+)==([\w.]+)")
_OTHER_HASH = re.compile(
    r"^\s*(\S+)==(\S+?)(?: from .*)?:?\s*\n\s*Expected sha256|Hash mismatch for `([^`=]+)==([^`]+)`", re.MULTILINE
)
"""In pip's words, and in uv's."""
_USERS_PIP = (
    "import runpy, site, sys; sys.path.append(site.getusersitepackages()); "
    "runpy.run_module('pip', run_name='__main__', alter_sys=True)"
)


def install_command(python: str, pins: Path, target: Path, wheels: Path | None = None) -> list[str]:
    """The pip command that installs what `pins` has, with hashes, into `target`; `wheels` is a folder of wheels.

    Isolated (-I): a pip.py in the current folder is not pip.
    """
    words = ["--no-deps", "--no-input", "--disable-pip-version-check", "--quiet", "--require-hashes"]
    words += ["--only-binary", ":all:", "--timeout", str(ANSWER), "--retries", "1"]
    words += ["--no-index", "--find-links", str(wheels)] if wheels else []
    return [*_pip(python), "install", *words, "--target", str(target), "-r", str(pins)]


def download_command(python: str, pins: Path, wheels: Path) -> list[str]:
    """The pip command that fills the folder `wheels` for this kind of computer."""
    return [*_pip(python), "download", "--no-deps", "--only-binary", ":all:", "-d", str(wheels), "-r", str(pins)]


def run_pip(command: list[str], announce: Callable[[str], None]) -> str:
    """Run it; its last words. SetupError, without a next step, says why it failed."""
    # Of these settings of pip, possible in its configuration, the first two contradict --target.
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_COLOR": "1"}
    ended = threading.Event()
    notice = threading.Thread(target=_say_what_is_waited_for, args=(announce, ended), daemon=True)
    notice.start()
    try:
        pip = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SetupError(f"pip did not end in {LONGEST // 60} minutes") from None
    finally:
        ended.set()
        notice.join()
    if pip.returncode:
        raise SetupError(why_it_failed(pip.stdout, command) or _last_words(pip.stdout))
    return _last_words(pip.stdout)


def _pip(python: str) -> list[str]:
    """-I leaves out the user's own packages too; where pip is one of those, they come back, behind all others."""
    found = importlib.util.find_spec("pip")
    users = site.getusersitepackages()
    if found and found.origin and Path(users) in Path(found.origin).parents:
        return [python, "-I", "-c", _USERS_PIP]
    return [python, "-I", "-m", "pip"]


def waiting(seconds: int) -> str:
    """The line that says what a build waits for."""
    return f"TinyML: waiting for the package index or its files, {seconds} seconds so far (it is asked twice)"


def _say_what_is_waited_for(announce: Callable[[str], None], ended: threading.Event) -> None:
    seconds, pause = 0, PATIENCE
    while not ended.wait(pause):
        seconds += pause
        announce(waiting(seconds))
        pause = 3 * PATIENCE


def why_it_failed(said: str, command: list[str]) -> str | None:
    """In words, where what an installer (pip, uv) has `said` is of a kind that is known."""
    return next(_reasons(said, command), None)


def _reasons(said: str, command: list[str]) -> Iterator[str]:
    if "No module named pip" in said:
        yield f"{command[0]} has no pip"
    other = _OTHER_HASH.search(said)
    if other or "DO NOT MATCH THE HASHES" in said or "Expected sha256" in said:
        what = f"{other[1] or other[3]} {other[2] or other[4]}" if other else "a package"
        yield f"{what} is another file than the one that is pinned, by its SHA-256: it was altered, or is damaged"
    missing = _NOT_FOUND.search(said)
    if missing and "--no-index" in command:
        folder = command[command.index("--find-links") + 1]
        yield f"{folder} has no wheel of {missing[1]} {missing[2]} for this Python and computer"
    if _NO_ANSWER.search(said):
        yield f"no package index answered (pip asked twice, for {ANSWER} seconds each)"
    if missing:
        yield f"the package index has no wheel of {missing[1]} {missing[2]} for this Python and computer"


def _last_words(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "pip gave no reason"
