"""What `verify` found of a linked model: whether its outputs are right, and the stack it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import UsageError
from ..files import read_text
from ..typed_json import parse
from .checks import Check
from .stack import Stack

SCHEMA = "tinyml-verify/1"
_ADVICE = (
    "look for a kernel, a flag or a linker option that changes arithmetic",
    "run `pio-tinyml verify` on the ELF with other inputs",
)


@dataclass(frozen=True, slots=True)
class Verification:
    """Of the model `name`: as the JSON of `verify`. `difference` is None where all outputs were equal."""

    name: str
    oracle: str
    independent: bool | None
    inputs: int
    source: str
    difference: str | None
    instructions: int
    stack: Stack

    def note(self) -> str:
        """One line for the table."""
        verdict = "differs from" if self.difference else "equals"
        return f"{self.name} {verdict} {self.oracle} ({self.inputs} inputs, {self.source})"

    def as_row(self) -> dict[str, object]:
        """For report.json."""
        return {key: value for key, value in asdict(self).items() if key != "name"}


def read_verification(path: Path) -> Verification:
    """Raises UsageError for anything but what `verify --json` prints."""
    try:
        return parse(Verification, read_text(path), SCHEMA)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "run `verify --json` first") from error
    except ValueError as error:
        raise UsageError(f"{path} is not of `verify --json`: {error}", "run `verify --json` again") from error


def judge_outputs(verifications: Sequence[Verification]) -> Iterator[Check]:
    """`verify:<model>` for each."""
    for each in verifications:
        message = f"{each.name} differs from {each.oracle}: {each.difference}" if each.difference else ""
        yield Check(f"verify:{each.name}", not message, None, None, message, _ADVICE if message else ())
