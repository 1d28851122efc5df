"""Models that a project holds as C arrays: `xxd -i` output, Arduino sketches, exports. Standard library only.

A strict lexer finds the byte arrays that have an initialiser; nothing is compiled, no macro expanded. What an array's
length depends on (`#if` inside it, a macro as an element) makes it no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import ModelError, UsageError
from .files import read_bytes
from .model.naming import printable

SUFFIXES = (".h", ".hh", ".hpp", ".hxx", ".inc", ".c", ".cc", ".cpp", ".cxx", ".ino")
"""Of files that may hold models as arrays, in lower case."""
SEPARATOR = "#"
"""Between a file and the name of an array in it: `src/models.h#g_model`."""
LARGEST_FILE = 64 << 20
"""Bytes. Nothing that a microcontroller holds is written in more."""

_IDENTIFIER = b"TFL3"
_BYTE_TYPES = {"char", "uint8_t", "int8_t", "byte", "u8", "uchar", "BYTE", "UCHAR", "u_char", "uint8", "int8"}
_OTHER_TYPES = {"short", "int", "long", "float", "double", "bool", "wchar_t", "void", "struct", "enum", "union"}
_TOKEN = re.compile(
    r"""
    (?P<space>\s+ | //[^\n]* | /\*.*?(?:\*/|\Z))
  | (?P<directive>(?<![^\n])[ \t]*\#[^\n]*)
  | (?P<string>(?:u8|[uUL])?(?:R"(?P<raw>[^()\\\s]{0,16})\(.*?(?:\)(?P=raw)"|\Z)
      | "(?:[^"\\\n]|\\.)*"? | '(?:[^'\\\n]|\\.)*'?))
  | (?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<number>\.?[0-9](?:[eEpP][+-]|[0-9A-Za-z_.'])*)
  | (?P<other>.)
    """,
    re.DOTALL | re.VERBOSE,
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_BODY = re.compile(r"(?:[^{}\"'#/]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_ELEMENT = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)[uUlL]{0,3}")
_LOOKS = re.compile(
    r"(?:0[xX]54|84)[uU]?\s*,\s*(?:0[xX]46|70)[uU]?\s*,\s*(?:0[xX]4[cC]|76)[uU]?\s*,\s*(?:0[xX]33|51)[uU]?\b"
)


@dataclass(frozen=True)
class CArray:
    """An array with its bytes; `line` is where its initialiser begins, from 1."""

    name: str
    line: int
    data: bytes

    @property
    def is_model(self) -> bool:
        """Whether it holds a `.tflite` file (schema.fbs, file_identifier)."""
        return self.data[4:8] == _IDENTIFIER


def split_array(path: Path) -> tuple[Path, str]:
    """(the file, the array's name or "") of `src/models.h#g_model`. A file that is called so is one."""
    name, separator, array = path.name.rpartition(SEPARATOR)
    if separator and is_c_source(Path(name)) and not path.exists():
        return path.with_name(name), array
    return path, ""


def is_c_source(path: Path) -> bool:
    """Whether a file is C or C++ by its name."""
    return path.suffix.lower() in SUFFIXES


def may_hold_model(path: Path) -> bool:
    """Whether a C file has the mark of a `.tflite` file among its numbers; quick, and no promise."""
    try:
        return path.stat().st_size <= LARGEST_FILE and _LOOKS.search(_text(path)) is not None
    except OSError:
        return False


def read_model_array(path: Path, array: str = "") -> CArray:
    """The model that a C file holds; the one called `array` where there are several.

    UsageError where the file cannot be read or several models are there; ModelError where none is.
    """
    source = printable(str(path))
    arrays = list(find_arrays(read_source(path)))
    models = [each for each in arrays if each.is_model]
    if array:
        named = [each for each in arrays if each.name == array]
        if not named:
            raise ModelError(f"{source} has no byte array {printable(array)} with its values", _names(source, models))
        if not named[0].is_model:
            raise ModelError(
                f"the array {printable(array)} in {source}, line {named[0].line}, is no .tflite file",
                _names(source, models),
                code="model-format",
            )
        return named[0]
    if len(models) > 1:
        raise UsageError(
            f"{source} holds several models: {', '.join(printable(each.name) for each in models)}",
            f"Name one: {source}{SEPARATOR}{printable(models[0].name)}",
        )
    if not models:
        raise ModelError(f"{source} holds no model: {_instead(arrays)}", _elsewhere(path), code="model-format")
    return models[0]


def read_source(path: Path) -> str:
    """The text of C source. UsageError where it cannot be read, or is too large to hold a model."""
    source = printable(str(path))
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UsageError(f"{source} is larger than any model of a microcontroller", "Name the file with the array.")
        return _text(path)
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}", "Check the path and its rights.") from None


def find_arrays(text: str) -> Iterator[CArray]:
    """All arrays of bytes in C or C++ source whose every element is a number, in order."""
    text = text.replace("\\\r\n", "").replace("\\\n", "")
    declaration: list[str] = []
    position, lines, counted = 0, 1, 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        kind, word = match.lastgroup, match.group()
        if kind in ("space", "directive"):
            continue
        if word == "{" and (name := _declared(declaration)) is not None:
            body = _BODY.match(text, position)
            end = body.end() if body else position
            data = _bytes(text[position:end], declaration) if text[end : end + 1] == "}" else None
            if data is not None:
                lines, counted = lines + text.count("\n", counted, position), position
                yield CArray(name, lines, data)
                position = end + 1
                declaration = []
                continue
        if word in ("{", "}", ";"):
            declaration = []
        else:
            declaration.append("" if kind == "string" else word)


def _declared(tokens: list[str]) -> str | None:
    """The name of the byte array that a declaration up to its `{` declares, else None."""
    if not any(token in _BYTE_TYPES for token in tokens) or _OTHER_TYPES & set(tokens):
        return None
    if "array" in tokens and "<" in tokens:  # std::array<uint8_t, 4> name = {
        after = tokens[len(tokens) - tokens[::-1].index(">") :] if ">" in tokens else []
        return next((token for token in after if token.isidentifier()), None)
    if tokens.count("[") != 1:
        return None
    name = tokens[tokens.index("[") - 1] if tokens.index("[") else ""
    return name if name.isidentifier() and name not in _BYTE_TYPES else None


def _bytes(body: str, declaration: list[str]) -> bytes | None:
    """The values between the braces; None where one is no number that a byte holds, or there are too many."""
    elements = [element.strip() for element in _COMMENT.sub(" ", body).split(",")]
    if elements[-1] == "":
        elements.pop()
    values = {element: _value(element) for element in set(elements)}
    if not elements or None in values.values():
        return None
    data = bytes(value & 0xFF for value in map(values.__getitem__, elements) if value is not None)
    size = _size(declaration)
    if size is None:
        return data
    return data.ljust(size, b"\0") if len(data) <= size <= LARGEST_FILE else None


def _value(element: str) -> int | None:
    """-128 to 255, or None."""
    if not _ELEMENT.fullmatch(element) or len(element) > 40:
        return None
    digits = element.rstrip("uUlL").lstrip("-")
    is_octal = len(digits) > 1 and digits.isdigit() and digits[0] == "0"
    try:
        value = int(digits, 8 if is_octal else 0)
    except ValueError:
        return None
    value = -value if element.startswith("-") else value
    return value if -128 <= value <= 255 else None


def _size(declaration: list[str]) -> int | None:
    """The length that a declaration states as a number, else None."""
    if "[" not in declaration:
        return None
    start = declaration.index("[") + 1
    if declaration[start + 1 : start + 2] != ["]"] or not _ELEMENT.fullmatch(declaration[start]):
        return None
    digits = declaration[start].rstrip("uUlL")
    return int(digits, 0) if len(digits) < 12 and (digits[0] != "0" or not digits.isdigit()) else None


def _text(path: Path) -> str:
    """Comments may be in any encoding; what is not UTF-8 is no number."""
    return read_bytes(path).removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _names(source: str, models: list[CArray]) -> str:
    if not models:
        return "No array in it is a model; name the file that has the model's values."
    return "It holds " + ", ".join(f"{source}{SEPARATOR}{printable(each.name)}" for each in models) + "."


def _instead(arrays: list[CArray]) -> str:
    if not arrays:
        return "no array of bytes in it has its values there, as plain numbers without #if between them"
    shown = ", ".join(printable(each.name, 40) for each in arrays[:3])
    return f"of its {len(arrays)} byte arrays ({shown}) none is a .tflite file"


def _elsewhere(path: Path) -> str:
    """A declaration is often beside the definition: model.h and model.cc."""
    siblings = (path.with_suffix(suffix) for suffix in SUFFIXES if suffix != path.suffix.lower())
    near = [printable(other.name) for other in siblings if other.is_file() and may_hold_model(other)]
    return f"Is it {near[0]}, beside it?" if near else "Name the file that has the model's values (0x1c, 0x00, ...)."
