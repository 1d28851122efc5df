"""Names: what a file or tensor is called, made safe for C and for a terminal."""

from __future__ import annotations

import re

_KEYWORDS = """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class
    co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype
    default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int
    long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch
    template this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using
    virtual void volatile wchar_t while xor xor_eq
"""
_RESERVED = frozenset(_KEYWORDS.split())
"""Keywords of C23 and C++23."""

_TAKEN = re.compile(r"aux|con|nul|prn|(com|lpt)\d|tinyml", re.IGNORECASE)
"""No file or folder is called so on Windows, and a project is to build there too; and the prefix of the runtime's own
names, which macros have in capitals."""


def c_identifier(stem: str) -> str:
    """The C identifier for a file stem: `my-net v2` -> `my_net_v2`.

    Anything but ASCII letters and digits becomes one `_` and none is left at an end, so that no name reserved in C++
    (`__`) arises here or with a suffix. A leading digit, a reserved word, a device of Windows and the runtime's own
    prefix get an `m` in front; nothing is `model`.
    """
    words = re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_")
    if not words:
        return "model"
    unfit = words[0].isdigit() or words in _RESERVED or _TAKEN.fullmatch(words)
    return f"m{words}" if unfit else words


def header_name(name: str) -> str:
    """The file that an application includes for the model `name`: `kws` and `kws_model` -> `kws_model.h`."""
    return f"{name}.h" if name.endswith("_model") else f"{name}_model.h"


def printable(text: str, limit: int | None = None) -> str:
    r"""`text` with everything but ordinary characters escaped (`\x1b`): it cannot move a cursor or break a line.

    Where that is longer than `limit` characters, the middle is left out for an ellipsis.
    """
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    if limit is None or len(escaped) <= limit:
        return escaped
    tail = (limit - 1) // 2
    return f"{escaped[: limit - 1 - tail]}\N{HORIZONTAL ELLIPSIS}{escaped[len(escaped) - tail :]}"
