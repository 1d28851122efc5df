"""What the emulator said of a firmware's arenas -> Checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .check import Check

_ADVICE = (
    "the firmware runs other code than the library alone does: look for a kernel or a flag that the project overrides",
    "if that is meant, write custom_tinyml_arena_from = firmware: the arena is then measured in the firmware itself",
    "or set custom_tinyml_{name}_arena_size by hand, and build again",
)


def copies_check(copies: Sequence[str]) -> Iterator[Check]:
    """The check `copies`, of a program with code of several copies of TensorFlow Lite Micro: these do not mix."""
    if len(copies) > 1:
        message = f"the program has code of {len(copies)} copies of TensorFlow Lite Micro: {' and '.join(copies)}"
        advice = "leave one of them out: lib_ignore, or the framework's own (docs/tflm.md)"
        yield Check("copies", False, None, None, message, (advice,))


def acceptance_check(name: str, needed: int | None, shipped: int, problem: str) -> Check:
    """The check `init:<name>`; `needed` and `shipped` are the arena's bytes, `problem` is "" if it passed."""
    advice = tuple(line.format(name=name) for line in _ADVICE) if problem else ()
    return Check(f"init:{name}", not problem, needed, shipped, problem, advice)


def forgotten_check(name: str, shipped: int) -> Check:
    """The check `init:<name>` of a program that invokes the model and has no init of it."""
    message = f"nothing initialises the model, and {name}_invoke() only returns TINYML_ERROR_INIT"
    advice = f"call {name}_init() once before it; with an arena of the application's, {name}_init_with()"
    return Check(f"init:{name}", False, None, shipped, message, (advice,))
