"""What the initialiser of a C array holds, as bytes. Standard library only; nothing is compiled, no macro expanded."""

from __future__ import annotations

import re

WIDTHS = {
    1: ("char", "uint8_t", "int8_t", "byte", "u8", "uchar", "BYTE", "UCHAR", "u_char", "uint8", "int8"),
    2: ("short", "uint16_t", "int16_t", "u16", "uint16"),
    4: ("int", "long", "unsigned", "uint32_t", "int32_t", "u32", "uint32"),
    8: ("uint64_t", "int64_t", "u64", "uint64"),
}
"""Types of elements, by their bytes on a microcontroller; `long long` is not among them."""

_COMMENT = r"//[^\n]*|/\*.*?\*/"
_ESCAPED = r"\\(?:x[0-9a-fA-F]+|[0-7]{1,3}|[^x0-7\n])"
_CHARACTER = rf"'(?:[^'\\\n]|{_ESCAPED})'"
_STRING = r'(?:u8)?"([^"\\\n]*(?:\\[^\n][^"\\\n]*)*)"'
BODY = re.compile(rf"(?:[^{{}}\"'#/]+|{_COMMENT}|{_CHARACTER})*", re.DOTALL)
"""From behind a brace to what ends the plain values; it matches always, and so never looks back."""
SPACE = re.compile(rf"(?:\s+|{_COMMENT}|\#[ \t]*endif[^\n]*)*", re.DOTALL)
"""What may stand before a list's first value: a declaration written twice, by #if, ends there."""
STRINGS = re.compile(rf"(?:{_STRING}(?:\s+|{_COMMENT})*)+", re.DOTALL)
"""String literals one behind another."""

_OUT_OF_LISTS = re.compile(rf"(?P<comment>{_COMMENT})|(?P<character>{_CHARACTER})", re.DOTALL)
_OUT_OF_STRINGS = re.compile(rf"{_COMMENT}|{_STRING}", re.DOTALL)
_OF_STRINGS = re.compile(rf"{_ESCAPED}|[^\\]", re.DOTALL)
_TYPE = (
    rf"(?:(?:const|unsigned|signed|std\s*::)\s*)*(?:{'|'.join(name for names in WIDTHS.values() for name in names)})"
)
_CAST = re.compile(rf"\(\s*{_TYPE}\s*\)\s*(?P<value>.+)", re.DOTALL)
_CALL = re.compile(
    rf"(?:{_TYPE}|u?int(?:8|16|32|64)_t|U?INT(?:8|16|32|64)_C|static_cast\s*<\s*{_TYPE}\s*>)"
    r"\s*\((?P<value>[^()]+)\)",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?\s*(?:0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)[uUlL]{0,3}")
_LONGEST = 60
"""Characters of an element with its casts."""
_NAMED = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27}


def of_list(body: str, width: int) -> bytes | None:
    """The elements between the braces, of so many bytes each, the lowest first; None where one is no number of it."""
    elements = [each.strip() for each in _OUT_OF_LISTS.sub(_plain, body).split(",")]
    if elements[-1] == "":
        elements.pop()
    packed = {element: _packed(element, width) for element in set(elements)}
    if not elements or None in packed.values():
        return None
    return b"".join(each for each in map(packed.__getitem__, elements) if each is not None)


def strange_element(body: str, width: int) -> str:
    """The first element that `of_list` cannot read; "" where it is an empty one."""
    elements = [each.strip() for each in _OUT_OF_LISTS.sub(_plain, body).split(",")]
    return next((each for each in elements if _packed(each, width) is None), "")


def of_strings(literals: str) -> bytes | None:
    """String literals without the zero at their end; None where one holds what is not ASCII, or no byte."""
    values: list[int | None] = []
    for literal in _OUT_OF_STRINGS.finditer(literals):
        values += [_character(each) for each in _OF_STRINGS.findall(literal.group(1) or "")]
    return None if None in values else bytes(value for value in values if value is not None)


def number(text: str) -> int | None:
    """An integer as C writes it, or None."""
    if not _NUMBER.fullmatch(text) or len(text) > _LONGEST:
        return None
    digits = text.rstrip("uUlL").lstrip("- \t\n")
    is_octal = len(digits) > 1 and digits.isdigit() and digits[0] == "0"
    try:
        value = int(digits, 8 if is_octal else 0)
    except ValueError:
        return None
    return -value if text.startswith("-") else value


def _plain(match: re.Match[str]) -> str:
    """Of a comment a space, of a character its number."""
    if match.lastgroup == "comment":
        return " "
    value = _character(match.group()[1:-1])
    return "?" if value is None else str(value)


def _packed(element: str, width: int) -> bytes | None:
    for _ in range(2):
        if len(element) > _LONGEST:
            return None
        wrapped = _CAST.fullmatch(element) or _CALL.fullmatch(element)
        if wrapped is None:
            break
        element = wrapped["value"].strip()
    value = number(element)
    if value is None or not -(1 << (8 * width - 1)) <= value < 1 << (8 * width):
        return None
    return (value % (1 << (8 * width))).to_bytes(width, "little")


def _character(text: str) -> int | None:
    """One character or escape sequence as a byte."""
    if text[0] != "\\":
        return ord(text) if len(text) == 1 and ord(text) < 128 else None
    if text[1] == "x":
        value = int(text[2:], 16) if len(text) < 12 else 256
    elif text[1] in "01234567":
        value = int(text[1:], 8)
    else:
        value = _NAMED.get(text[1], ord(text[1]) if text[1] in "\\'\"?" else 256)
    return value if value < 256 else None
