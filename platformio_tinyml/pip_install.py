"""pip, as a build runs it: only files whose hashes are pinned, never in silence, and what went wrong in words."""

from __future__ import annotations

import importlib.util
import os
import re
import site
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .errors import SetupError

PATIENCE = 4
"""Seconds of silence, after which a build says what it waits for, and what to do without a network."""
BETWEEN = 2
"""Seconds between two looks at how much has arrived."""
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


@dataclass(frozen=True)
class Arriving:
    """What is being installed: below `folder`, `whole` bytes in the end, about. `advice` is for who has no network."""

    what: str
    folder: Path
    whole: int
    advice: str = ""

    def tell(self, announce: Callable[[str], None], ended: threading.Event) -> None:
        """Say how much has arrived, or what is waited for where nothing does, until `ended`. An estimate."""
        said, size, still, told = 0, 0, 0.0, 0
        advice = f"\n  no network? {self.advice}" if self.advice else ""  # once, and where nothing arrived yet
        while not ended.wait(BETWEEN):
            now = _size(self.folder)
            still = still + BETWEEN if now == size else 0.0
            told = told if still else 0
            advice = advice if still or not size else ""
            percent = min(99, 100 * now // self.whole)
            if percent > said:
                announce(f"TinyML: installing {self.what}, about {percent} percent")
            elif still >= PATIENCE * (1 + 3 * told):
                announce(f"TinyML: waiting for the package index or its files, {still:.0f} seconds so far{advice}")
                told, advice = told + 1, ""
            said, size = max(said, percent), now


def _size(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # it may be gone already
                total += Path(path, name).lstat().st_size
    return total


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


def run_pip(command: list[str], scratch: Path, arriving: Arriving, announce: Callable[[str], None]) -> str:
    """Run it, its temporary files in `scratch`; its last words. SetupError, without a next step, says why it failed."""
    # Of these settings of pip, possible in its configuration, the first two contradict --target.
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_COLOR": "1"}
    environment["TMPDIR"] = str(scratch)
    ended = threading.Event()
    notice = threading.Thread(target=arriving.tell, args=(announce, ended), daemon=True)
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
        yield "no package index answered (it was asked twice)"
    if missing:
        yield f"the package index has no wheel of {missing[1]} {missing[2]} for this Python and computer"


def _last_words(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "pip gave no reason"
