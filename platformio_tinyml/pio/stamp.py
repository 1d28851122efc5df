"""The last verdict of an environment, kept beside its reports: of which program, by what measure, and what it allows.

A verdict is told again only for the same key and with the reports that it wrote. A program, or an image of it, leaves
the build folder only where the verdict was a pass, of that very program and by today's measure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from ..config import Config
from ..files import write_text

FILE = "gate.json"
"""In $BUILD_DIR/tinyml."""

REPORTS = ("report.json", "report.html", "report.txt")

_IMAGE_CHECKS = ("flash_limit", "flash_budget")


@dataclass(frozen=True)
class Stamp:
    """`key` is all that was judged by, `measure` what options and board allow, `program` the hash of the program.

    `code` and `text` are what `check` said; `reports` is the hash of what it wrote. `linked` is when the program was,
    in nanoseconds. `image_limit`, bytes, is the most that an image may have; None where nothing limits it.
    """

    key: str
    measure: str
    program: str
    linked: int
    code: int
    text: str
    reports: str
    image_limit: int | None

    def write(self, folder: Path) -> None:
        """Keep it. SetupError where the system refuses."""
        write_text(folder / FILE, json.dumps(asdict(self)))


def read_stamp(folder: Path) -> Stamp | None:
    """None where there is none that can be read."""
    try:
        stamp = Stamp(**json.loads((folder / FILE).read_text("utf-8")))
        return stamp if isinstance(stamp.code, int) and isinstance(stamp.linked, int) else None
    except (OSError, ValueError, TypeError):
        return None


def make_stamp(folder: Path, key: str, measure: str, program: Path, code: int, text: str) -> Stamp:
    """Of a verdict whose reports are in `folder`."""
    checks = json.loads((folder / "report.json").read_text("utf-8"))["checks"]
    limits = [check["limit"] for check in checks if check["name"] in _IMAGE_CHECKS and check["limit"] is not None]
    linked = program.stat().st_mtime_ns
    reports = hash_of_reports(folder)
    return Stamp(key, measure, hash_of(program), linked, code, text, reports, min(limits, default=None))


def stored_verdict(folder: Path, key: str) -> tuple[int, str] | None:
    """The exit code and the text of the last verdict, if it was reached by `key` and its reports are still there."""
    stamp = read_stamp(folder)
    try:
        same = stamp is not None and stamp.key == key and stamp.reports == hash_of_reports(folder)
    except OSError:
        return None
    return (stamp.code, stamp.text) if stamp is not None and same else None


def measure_of(environment: str, config: Config, limits: Iterable[int | None]) -> str:
    """Hash of what the options of `config` and the board's `limits`, as they are first known, allow.

    A folder of another environment that was put in this one's place, by a cache or a hand, allows nothing.
    """
    baseline = hash_of(config.baseline) if config.baseline and config.baseline.is_file() else ""
    budgets = [(budget.kind.name, budget.text, budget.model) for budget in config.budgets]
    drops = [(model.name, model.max_accuracy_drop) for model in config.models]
    return hashlib.sha256(
        json.dumps([environment, budgets, drops, baseline, config.verify, *limits]).encode()
    ).hexdigest()


def hash_of(file: Path) -> str:
    """SHA-256 of the contents."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def hash_of_reports(folder: Path) -> str:
    """Others than those of a verdict are not to be told with it."""
    return hashlib.sha256("".join(hash_of(folder / name) for name in REPORTS).encode()).hexdigest()
