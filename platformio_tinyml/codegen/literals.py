"""C text for values: numbers, tables, and comments that nothing in a model file can break out of."""

from __future__ import annotations

import math
import re
import struct

from ..errors import ModelError

STRUCT_FORMATS = {
    "int8_t": "b",
    "uint8_t": "B",
    "int16_t": "h",
    "uint16_t": "H",
    "int32_t": "i",
    "uint32_t": "I",
    "int64_t": "q",
    "float": "f",
}
"""C types that a table may have, with their letters in Python's `struct`."""

STRING_FROM = 1024
"""Bytes. int8 tables of at least this size become string literals: faster to compile, less pleasant to read."""

_STRING_BYTES_PER_LINE = 24
_NUMBERS_PER_LINE = {1: 20, 2: 14, 4: 8, 8: 4}
_COMMENT_LENGTH = 64
_UNSAFE_IN_COMMENT = re.compile(r"[^A-Za-z0-9 _./:;,+=()\[\]{}<>@#$%&|~^!-]")


def comment_text(text: str, limit: int = _COMMENT_LENGTH) -> str:
    """`text` from a file, safe in any C comment: plain ASCII, no `*` `?` `\\` or quotes, `limit` characters at most.

    So it can hold no `*/`, no trigraph, no line splice, no control or bidirectional character.
    """
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    return _UNSAFE_IN_COMMENT.sub("_", text)


def number(value: int | float) -> str:
    """A C constant expression of exactly this value: an integer of up to 64 bits, or a float32.

    ModelError for a float that is infinite or not a number.
    """
    if isinstance(value, float):
        return _float(value)
    if value in (-(2**31), -(2**63)):
        # C has no negative literals: -2147483648 is minus a value that does not fit int.
        return f"({value + 1}-1)"
    return str(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ModelError(f"the model holds the float {value}", "Train or convert it again; every value must be finite.")
    single = struct.pack("<f", value)
    text = next(text for digits in range(6, 10) if struct.pack("<f", float(text := f"{value:.{digits}g}")) == single)
    return text + ("f" if "." in text or "e" in text else ".0f")


def is_string(c_type: str, data: bytes, portable: bool) -> bool:
    """Whether a table is written as a string literal, which adds a NUL byte to it."""
    return c_type in ("int8_t", "uint8_t") and len(data) >= STRING_FROM and not portable


def string_literal(data: bytes) -> str:
    """Adjacent C string literals, one per line. Escapes have three octal digits always: none runs into the next."""
    starts = range(0, len(data), _STRING_BYTES_PER_LINE)
    lines = ("".join(_OCTAL[byte] for byte in data[start : start + _STRING_BYTES_PER_LINE]) for start in starts)
    return "".join(f'\n    "{line}"' for line in lines)


def quoted(text: str) -> str:
    """One C string literal of `text` in UTF-8; what is not a letter, a digit or a space is written in octal."""
    return '"' + "".join(chr(byte) if _PLAIN.fullmatch(chr(byte)) else _OCTAL[byte] for byte in text.encode()) + '"'


_PLAIN = re.compile(r"[A-Za-z0-9 _.,:-]")
_OCTAL = tuple(f"\\{byte:03o}" for byte in range(256))


def braced(c_type: str, data: bytes) -> str:
    """The same table as numbers in braces, readable by any compiler."""
    size = struct.calcsize(STRUCT_FORMATS[c_type])
    texts = [number(value) for value in struct.unpack(f"<{len(data) // size}{STRUCT_FORMATS[c_type]}", data)]
    per_line = _NUMBERS_PER_LINE[size]
    lines = (", ".join(texts[start : start + per_line]) for start in range(0, len(texts), per_line))
    return "{\n" + ",\n".join(f"    {line}" for line in lines) + "\n}"
