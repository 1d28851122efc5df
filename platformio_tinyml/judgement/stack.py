"""The stack of init and invoke, as `profile` measured it, against the RAM that is left for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..firmware.footprint import RESERVED, Footprint, SectionSize
from ..measured.stack import Stack
from .check import Check


def judge_stack(stacks: Sequence[tuple[str, Stack]], footprint: Footprint, limit: int | None) -> Iterator[Check]:
    """`stack`: the main RAM without what sections reserve for stack, and the deepest call, within the board's `limit`.

    `stacks`: the model's name, and what it takes. Nothing without a limit, and where the stack lies in another memory.
    """
    reserves = stack_reserves(footprint)
    others = {region.name for region in footprint.memory.beside("ram")}
    if not stacks or limit is None or any(section.region in others for section in reserves):
        return
    name, deepest = max(((name, stack.deepest()) for name, stack in stacks), key=lambda row: row[1])
    rest = footprint.main("ram") - sum(section.ram for section in reserves)
    used = rest + deepest
    if used <= limit:
        yield Check("stack", True, used, limit)
        return
    message = (
        f"{name} takes {deepest:,} bytes of stack, and {max(limit - rest, 0):,} are left: "
        f"{used:,} bytes of RAM needed, {limit:,} there"
    )
    yield Check("stack", False, used, limit, message, ("a smaller arena or less static data leaves the stack more",))


def stack_reserves(footprint: Footprint) -> tuple[SectionSize, ...]:
    """The sections that reserve stack, or stack and heap together, by their names."""
    names = {entry.section for entry in footprint.entries if entry.owner == RESERVED}
    return tuple(each for each in footprint.sections if each.name in names and "stack" in each.name.lower())


def stack_note(stacks: Sequence[tuple[str, Stack]], footprint: Footprint) -> Iterator[str]:
    """No check: a stack may go on below its reserve, into RAM that nothing else has taken."""
    reserved = sum(section.ram for section in stack_reserves(footprint))
    deepest = max((stack.deepest() for _, stack in stacks), default=0)
    if 0 < reserved < deepest:
        yield f"a call of a model takes {deepest:,} bytes of stack, the linker script reserves {reserved:,}"
