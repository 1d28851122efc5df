"""What `verify` found of a linked model: whether its outputs are right, and the stack it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import UsageError
from ..files import read_text
from ..firmware.footprint import RESERVED, Footprint, SectionSize
from ..typed_json import parse
from .checks import Check, main_ram

SCHEMA = "tinyml-verify/1"
_ADVICE = (
    "look for a kernel, a flag or a linker option that changes arithmetic",
    "run `pio-tinyml verify` on the ELF with other inputs",
)


@dataclass(frozen=True, slots=True)
class Stack:
    """Bytes of stack that a call of init took, and the deepest invoke; the caller's are not in it."""

    init: int
    invoke: int


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

    def deepest(self) -> int:
        """Bytes of stack of the call that takes most."""
        return max(self.stack.init, self.stack.invoke)

    def note(self) -> str:
        """One line for the table."""
        verdict = "differs from" if self.difference else "equals"
        return f"{self.name} {verdict} {self.oracle} ({self.inputs} inputs, {self.source}); stack {self.deepest():,}"

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


def judge_stack(verifications: Sequence[Verification], footprint: Footprint, limit: int | None) -> Iterator[Check]:
    """`stack`: the main RAM without what sections reserve for stack, and the deepest call, within the board's `limit`.

    Nothing without a limit, and where the stack lies in another memory.
    """
    reserves = stack_reserves(footprint)
    others = {region.name for region in footprint.memory.beside("ram")}
    if not verifications or limit is None or any(section.region in others for section in reserves):
        return
    deepest = max(verifications, key=Verification.deepest)
    rest = main_ram(footprint) - sum(section.ram for section in reserves)
    used = rest + deepest.deepest()
    if used <= limit:
        yield Check("stack", True, used, limit)
        return
    message = (
        f"{deepest.name} takes {deepest.deepest():,} bytes of stack, and {max(limit - rest, 0):,} are left: "
        f"{used:,} bytes of RAM needed, {limit:,} there"
    )
    yield Check("stack", False, used, limit, message, ("a smaller arena or less static data leaves the stack more",))


def stack_reserves(footprint: Footprint) -> tuple[SectionSize, ...]:
    """The sections that reserve stack, or stack and heap together, by their names."""
    names = {entry.section for entry in footprint.entries if entry.owner == RESERVED}
    return tuple(each for each in footprint.sections if each.name in names and "stack" in each.name.lower())


def stack_note(verifications: Sequence[Verification], footprint: Footprint) -> Iterator[str]:
    """No check: a stack may go on below its reserve, into RAM that nothing else has taken."""
    reserved = sum(section.ram for section in stack_reserves(footprint))
    deepest = max((each.deepest() for each in verifications), default=0)
    if 0 < reserved < deepest:
        yield f"a call of a model takes {deepest:,} bytes of stack, the linker script reserves {reserved:,}"
