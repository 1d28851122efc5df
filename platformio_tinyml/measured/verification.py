"""What `verify` found of a linked model: whether its outputs are right, and the stack it takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..files import read_text
from ..model.naming import printable
from .printed import read_printed
from .stack import Stack

SCHEMA = "tinyml-verify/1"
NOT_VERIFIED = "tinyml-not-verified/1"


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared with. `independent`: it shares no code with the firmware's runtime, None if that is unknown.

    `difference` is the first byte of an output that differs, in words.
    """

    name: str
    independent: bool | None
    difference: str | None


@dataclass(frozen=True, slots=True)
class FirstTensor:
    """The first tensor inside the model that differs, written by `operator`: its first such byte, of `size`."""

    operator: int
    opcode: str
    name: str
    byte: int
    size: int
    found: int
    expected: int

    def words(self) -> str:
        """For a message."""
        return (
            f"the first tensor that differs is {printable(self.name)}, written by operator {self.operator}, "
            f"{self.opcode}: byte {self.byte:,} of {self.size:,} is {self.found:#04x}, expected {self.expected:#04x}"
        )


@dataclass(frozen=True, slots=True)
class Verification:
    """Of the model `name`: as the JSON of `verify`.

    `difference` is None where all outputs were equal, `tensor` also where it cannot be told; `missing` says of each
    oracle that would have served why it was not there.
    """

    name: str
    oracles: tuple[Compared, ...]
    missing: tuple[str, ...]
    inputs: int
    source: str
    difference: str | None
    tensor: FirstTensor | None
    instructions: int
    stack: Stack

    def result(self) -> str:
        """What a note says behind the name or names."""
        alone = "" if self.is_independent() else ", which is not independent"
        return f"{self.against()}{alone} ({counted_inputs(self.inputs)}, {self.source})"

    def against(self) -> str:
        """The oracles that differ, or all where none does."""
        differing = [each.name for each in self.oracles if each.difference]
        return " and ".join(differing or [each.name for each in self.oracles])

    def is_independent(self) -> bool:
        """Whether an oracle may share no code with the firmware."""
        return any(each.independent is not False for each in self.oracles)

    def to_json(self) -> str:
        """JSON text ending in a newline."""
        return json.dumps({"schema": SCHEMA, "ok": self.difference is None, **asdict(self)}, indent=2) + "\n"

    def as_row(self) -> dict[str, object]:
        """For report.json."""
        return {key: value for key, value in asdict(self).items() if key != "name"}


def verification_notes(verifications: Sequence[Verification]) -> Iterator[str]:
    """One line for the table for all models of which the same is said."""
    names: dict[tuple[bool, str], list[str]] = {}
    for each in verifications:
        names.setdefault((each.difference is None, each.result()), []).append(each.name)
    for (equal, result), models in names.items():
        one, several = ("equals", "equal") if equal else ("differs from", "differ from")
        yield f"{', '.join(models)} {one if len(models) == 1 else several} {result}"


def counted_inputs(count: int) -> str:
    """`1 input`, `4 inputs`."""
    return f"{count:,} input{'s' if count != 1 else ''}"


def read_verification(path: Path) -> Verification:
    """Raises UsageError for anything but what `verify --json` prints."""
    return read_printed(Verification, path, SCHEMA, "verify", _problems)


@dataclass(frozen=True, slots=True)
class NotVerified:
    """That nothing is known of the outputs of the model `name`, and why."""

    name: str
    reason: str

    def to_json(self) -> str:
        """JSON text ending in a newline."""
        return json.dumps({"schema": NOT_VERIFIED, **asdict(self)}, indent=2) + "\n"


def read_verifications(paths: Iterable[Path]) -> tuple[tuple[Verification, ...], tuple[NotVerified, ...]]:
    """What was found, and what could not be. Raises UsageError for anything else."""
    found: list[Verification] = []
    missing: list[NotVerified] = []
    for path in paths:
        try:
            is_missing = f'"{NOT_VERIFIED}"' in read_text(path)
        except (OSError, ValueError):
            is_missing = False
        if is_missing:
            missing.append(read_printed(NotVerified, path, NOT_VERIFIED, "profile", lambda _: iter(())))
        else:
            found.append(read_verification(path))
    return tuple(found), tuple(missing)


def _problems(verification: Verification) -> Iterator[str]:
    """What compared nothing, or does not say what it found, is no verification."""
    if verification.inputs < 1 or not verification.oracles:
        yield "nothing was compared"
    if verification.difference is None and any(each.difference is not None for each in verification.oracles):
        yield ".difference is not that of .oracles"
    if "" in (verification.difference, *(each.difference for each in verification.oracles)):
        yield "a difference without words"
