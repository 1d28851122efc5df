"""Custom operators as `generate --custom-op` and the option custom_operators take them: NAME=FUNCTION.

NAME is the operator's custom code in the model, any text. FUNCTION is a C++ function `TFLMRegistration *FUNCTION()` of
the project, with its namespaces; nothing but such a name gets into generated code. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .errors import UsageError
from .model.naming import printable

_FUNCTION = r"[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*"
_ENTRY = re.compile(rf"\s*(\S(?:.*?\S)??)[ \t]*=[ \t]*({_FUNCTION})[ \t]*(?:,|\n|\Z)")
"""As few characters as a name can have: it may hold commas and equals signs."""


def parse_custom_operator(text: str) -> tuple[str, str]:
    """(name, function) of one NAME=FUNCTION; the name is all before the last equals sign."""
    name, _, function = text.rpartition("=")
    if not name or not re.fullmatch(_FUNCTION, function):
        raise UsageError(
            f"--custom-op {printable(text, 80)!r} is not NAME=FUNCTION",
            "For example MyOp=my::Register_MY_OP, of a function that returns a pointer to the registration.",
        )
    return name, function


def parse_custom_operators(text: str, option: str) -> tuple[tuple[str, str], ...]:
    """(name, function) of each entry of `option`; entries are separated by a comma or stand on lines of their own."""
    found: dict[str, str] = {}
    position, text = 0, text.strip()
    while position < len(text):
        match = _ENTRY.match(text, position)
        if match is None:
            raise UsageError(
                f"{option}: {printable(text[position:].strip(), 80)!r} is not NAME = function",
                "For example MyOp = my::Register_MY_OP, of a function that returns a pointer to the registration.",
            )
        name, function = match.groups()
        if found.setdefault(name, function) != function:
            raise UsageError(
                f"{option} has two functions for {printable(name, 60)!r}: {found[name]} and {function}",
                "Name one of them.",
            )
        position = match.end()
    return tuple(found.items())


def refuse_unused(custom: Mapping[str, str], models: Iterable[Iterable[str]], option: str) -> None:
    """UsageError where `custom` has a name that none of the models has, whose custom codes are `models`."""
    there = {code for codes in models for code in codes}
    for name in custom:
        if name not in there:
            has = ", ".join(repr(printable(code, 60)) for code in sorted(there)) or "none"
            raise UsageError(
                f"{option}: no model has the custom operator {printable(name, 60)!r}",
                nearest(name, there) or f"Custom operators of the models: {has}.",
            )


def nearest(name: str, others: Iterable[str]) -> str:
    """A sentence that asks whether the one of `others` most like `name` was meant; "" where none is like it."""
    import difflib  # slow to import, and rarely needed

    near = difflib.get_close_matches(name, list(others), n=1)
    return f"Did you mean {printable(near[0], 60)!r}?" if near else ""
