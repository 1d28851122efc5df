"""What the emulator said of a firmware's arenas -> Checks."""

from __future__ import annotations

from .check import Check

_ADVICE = (
    "the firmware runs other code than the library alone does: look for a kernel or a flag that the project overrides",
    "if that is meant, write custom_tinyml_arena_from = firmware: the arena is then measured in the firmware itself",
    "or set custom_tinyml_{name}_arena_size by hand, and build again",
)


def acceptance_check(name: str, needed: int | None, shipped: int, problem: str) -> Check:
    """The check `init:<name>`; `needed` and `shipped` are the arena's bytes, `problem` is "" if it passed."""
    advice = tuple(line.format(name=name) for line in _ADVICE) if problem else ()
    return Check(f"init:{name}", not problem, needed, shipped, problem, advice)
