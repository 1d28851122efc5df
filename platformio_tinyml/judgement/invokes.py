"""What the emulator made of an invoke -> Checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..measured.profile import EMULATED, Profile
from .check import Check

_ADVICE = (
    "look for an operator, or types of it, that its kernel refuses when it runs, or for a kernel of the project's own",
    "run `pio-tinyml profile` on the ELF, and the model on the computer it was made on, with the same inputs",
)


def judge_invokes(profiles: Sequence[Profile]) -> Iterator[Check]:
    """`invoke:<model>` for each that the emulator ran, whatever came of it."""
    for each in profiles:
        name = f"invoke:{each.name}"
        if each.failure:
            yield Check(name, False, None, None, each.failure, _ADVICE)
        elif each.method == EMULATED:
            yield Check(name, True, None, None)
