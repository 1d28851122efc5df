"""HTML, SVG and XML by construction: text is escaped, and only what these functions made is not.

A name from a model file can thus not become markup, wherever it is put.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..model.naming import printable

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_VOID = frozenset(["meta"])


@dataclass(frozen=True, slots=True)
class Markup:
    """Finished markup."""

    text: str


Child = Markup | str | int | None


def escape(text: str) -> str:
    """Text for an element or a quoted attribute; what is not printable (control characters, bidi) as `\\x1b`."""
    return printable(text).translate(_ESCAPES)


def element(name: str, /, *children: Child, **attributes: str | int | None) -> Markup:
    """`<name ...>children</name>`. Integers get thousands separators, None is left out.

    `name` and the names of attributes are the program's own, never data; `class_` stands for `class`, `a_b` for `a-b`.
    """
    words = [name]
    for key, value in attributes.items():
        if value is not None:
            words.append(f'{key.strip("_").replace("_", "-")}="{escape(str(value))}"')
    start = f"<{' '.join(words)}>"
    return Markup(start) if name in _VOID else Markup(f"{start}{join(*children).text}</{name}>")


def join(*children: Child) -> Markup:
    """Children one after the other."""
    return Markup("".join(_text(child) for child in children))


def _text(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child.text
    return f"{child:,}" if isinstance(child, int) else escape(child)
