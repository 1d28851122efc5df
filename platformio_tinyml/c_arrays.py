"""Models that a project holds as C arrays: `xxd -i` output, Arduino sketches, exports. Standard library only.

A strict lexer finds the arrays that have an initialiser; nothing is compiled, no macro expanded. What an array's
length depends on (`#if` inside it, a macro as an element) makes it no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .c_values import BODY, SPACE, STRINGS, WIDTHS, number, of_list, of_strings, strange_element
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
_OTHER_TYPES = {"float", "double", "bool", "wchar_t", "void", "struct", "enum", "union", "string", "String"}
_CONTAINERS = {"array", "vector", "initializer_list"}
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
_LONGEST_DECLARATION = 64
"""Tokens before a string."""
_INCLUDE = re.compile(r"#[ \t]*(?:include|embed)[ \t]*[<\"]([^>\"\n]+)[>\"]")
_CAST = r"(?:\([^()\n]{1,24}\)\s*|[A-Za-z_:<>0-9]{1,24}\(\s*)?"
_BEHIND = r"[uU]?\s*\)?\s*"
_LOOKS = re.compile(
    rf"{_CAST}(?:0[xX]54|84|'T'){_BEHIND},\s*{_CAST}(?:0[xX]46|70|'F'){_BEHIND},"
    rf"\s*{_CAST}(?:0[xX]4[cC]|76|'L'){_BEHIND},\s*{_CAST}(?:0[xX]33|51|'3')[uU]?(?![0-9a-zA-Z.])"
    r"|0[xX]334[cC]4654|860636756|0[xX]4654[uU]?\s*,\s*0[xX]334[cC]"
    r"|\\x54\\x46\\x4[cC]\\x33|\\124\\106\\114\\0?63|\\(?:x00|0{1,3})(?:\"\s*\")?TFL3"
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
    found = list(_scan(read_source(path), path.stem))
    arrays = [each for each in found if isinstance(each, CArray)]
    models = [each for each in arrays if each.is_model]
    if not array and len({each.name for each in models}) > 1:
        raise UsageError(
            f"{source} holds several models: {', '.join(printable(each.name) for each in models)}",
            f"Name one: {source}{SEPARATOR}{printable(models[0].name)}",
        )
    chosen = [each for each in arrays if each.name == array] if array else models
    untaken = next((each for each in found if isinstance(each, _Untaken) and array in ("", each.name)), None)
    if not chosen and untaken is not None:
        told = (
            f"the array {printable(untaken.name, 40)} in {source}, line {untaken.line}, is not taken: {untaken.reason}"
        )
        raise ModelError(told, untaken.next_step, code="model-format")
    if not chosen and array:
        raise ModelError(f"{source} has no byte array {printable(array)} with its values", _names(source, models))
    if not chosen:
        what, next_step = _of_a_tool(path) or (_instead(arrays), _elsewhere(path))
        raise ModelError(f"{source} holds no model: {what}", next_step, code="model-format")
    one, *others = chosen
    if any(each.data != one.data for each in others):
        raise UsageError(
            f"{source} defines {printable(one.name, 40)} more than once, in lines "
            + ", ".join(str(each.line) for each in chosen[:4]),
            "Which of them counts, the compiler decides (#if): put the one that is meant into a file of its own.",
        )
    if not one.is_model:
        raise ModelError(
            f"the array {printable(array)} in {source}, line {one.line}, is no .tflite file",
            _names(source, models),
            code="model-format",
        )
    return one


def read_source(path: Path) -> str:
    """The text of C source. UsageError where it cannot be read, or is too large to hold a model."""
    source = printable(str(path))
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UsageError(f"{source} is larger than any model of a microcontroller", "Name the file with the array.")
        return _text(path)
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}", "Check the path and its rights.") from None


def find_arrays(text: str, stem: str = "") -> Iterator[CArray]:
    """All arrays in C or C++ source whose every element is plain, in order: those of bytes, and models of other types.

    A file of nothing but bytes, for an `#include` between braces, is an array called like the file, its `stem`.
    """
    return (each for each in _scan(text, stem) if isinstance(each, CArray))


def _scan(text: str, stem: str) -> Iterator[CArray | _Untaken]:
    text = text.replace("\\\r\n", "").replace("\\\n", "")
    plain = BODY.match(text)
    bare = of_list(text, 1) if plain and plain.end() == len(text) else None
    if bare is not None:
        yield CArray(stem, 1, bare)
        return
    declaration: list[str] = []
    position, lines, counted = 0, 1, 0
    while match := _TOKEN.match(text, position):
        start, position = position, match.end()
        kind, word = match.lastgroup, match.group()
        if kind in ("space", "directive"):
            continue
        found: CArray | _Untaken | None = None
        if word == "{" and (declared := _declared(declaration)) is not None:
            lines, counted = lines + text.count("\n", counted, position), position
            found, end = _listed(text, position, lines, declared)
            position = end if isinstance(found, CArray) else position
        elif word.startswith(('"', 'u8"')) and declaration and (name := _pointed(declaration)):
            strings = STRINGS.match(text, start)
            if strings is not None:
                lines, counted = lines + text.count("\n", counted, start), start
                position, data = strings.end(), of_strings(strings.group())
                found = CArray(name, lines, data) if data is not None else None
                found = found if found is not None and found.is_model else None
        if found is not None:
            yield found
        if isinstance(found, CArray) or word in ("{", "}", ";"):
            declaration = []
        else:
            declaration.append("" if kind == "string" else word)


@dataclass(frozen=True)
class _Declared:
    """An array up to its `{`: the bytes of an element, whether that is known, and the length as far as it is stated."""

    name: str
    width: int
    known: bool
    size: int | None
    nested: bool


@dataclass(frozen=True)
class _Untaken:
    """An array of bytes whose values are not all there as plain ones: what stands in the way, and what to do."""

    name: str
    line: int
    reason: str
    next_step: str


def _listed(text: str, position: int, line: int, declared: _Declared) -> tuple[CArray | _Untaken | None, int]:
    """What the braces that end before `position` begin, and where they end."""
    inner = SPACE.match(text, position)
    first = inner.end() if inner else position
    nested = declared.nested and text[first : first + 1] == "{"
    body = BODY.match(text, first + nested)
    begin, end = first + nested, body.end() if body else position
    if text[end : end + 1] != "}":
        return _untaken(text, begin, end, line, declared), end
    data = of_list(text[begin:end], declared.width)
    if data is None and declared.known and declared.width == 1:
        element = strange_element(text[begin:end], 1)
        reason = f"{printable(element, 30)} is no byte" if element else "an element is missing"
        return _Untaken(declared.name, line, reason, "Write its values as plain numbers (0x1c, 0x00, ...)."), end
    if data is None:
        return None, end
    if nested:
        outer = SPACE.match(text, end + 1)
        end = outer.end() if outer else end
        if text[end : end + 1] != "}":
            return None, end
    if declared.size is not None:
        if not len(data) <= declared.size * declared.width <= LARGEST_FILE:
            return None, end
        data = data.ljust(declared.size * declared.width, b"\0")
    array = CArray(declared.name, line, data)
    plain = declared.known and declared.width == 1
    return array if plain or array.is_model else None, end + 1


def _untaken(text: str, begin: int, end: int, line: int, declared: _Declared) -> _Untaken | None:
    """Of braces that plain values do not fill."""
    if not declared.known or declared.width > 1:
        return None
    if end >= len(text):
        return _Untaken(declared.name, line, "the file ends within it", "Get a whole copy of the file.")
    if text[end] != "#":
        return None
    include = _INCLUDE.match(text, end)
    if include is not None:
        other = printable(include.group(1))
        return _Untaken(declared.name, line, f"its values are in {other}", f"Name that file: {other}")
    reason = "a line that begins with # stands between its values"
    next_step = "Which values hold, the compiler decides: put those of one case into a file of their own."
    return _Untaken(declared.name, line, reason, next_step)


def _declared(tokens: list[str]) -> _Declared | None:
    """What a declaration up to its `{` declares, None where that is no array of integers."""
    if _OTHER_TYPES & set(tokens) or tokens.count("long") > 1:
        return None
    widths = [width for width, names in WIDTHS.items() if set(names) & set(tokens)]
    width = widths[0] if widths else 1
    if _CONTAINERS & set(tokens) and "<" in tokens:  # std::array<uint8_t, 4> name = {
        after = tokens[len(tokens) - tokens[::-1].index(">") :] if ">" in tokens else []
        name = next((each for each in after if each.isidentifier() and each != "const"), None)
        return _Declared(name, width, bool(widths), None, nested=True) if name else None
    if tokens.count("[") != 1:
        return None
    behind = next(at for at, token in enumerate(tokens) if token in ("[", "="))  # *name = (const unsigned char[]){
    name = tokens[behind - 1] if behind else ""
    if not name.isidentifier() or any(name in names for names in WIDTHS.values()):
        return None
    return _Declared(name, width, bool(widths), _size(tokens), nested=False)


def _pointed(tokens: list[str]) -> str | None:
    """The name that a declaration up to a string gives it: `const char name[] =`, `const uint8_t *name = (...)`."""
    if len(tokens) > _LONGEST_DECLARATION or "=" not in tokens or _OTHER_TYPES & set(tokens):
        return None
    left = tokens[: tokens.index("=")]
    name = left[left.index("[") - 1] if left.count("[") == 1 and left[0] != "[" else left[-1] if left else ""
    return name if name.isidentifier() and ("[" in left or "*" in left) else None


def _size(declaration: list[str]) -> int | None:
    """The length that a declaration states as a number, else None."""
    start = declaration.index("[") + 1
    if declaration[start + 1 : start + 2] != ["]"] or len(declaration[start]) > 12:
        return None
    return number(declaration[start])


def _text(path: Path) -> str:
    """Comments may be in any encoding; what is not UTF-8 is no number. `>` of Windows' PowerShell writes UTF-16."""
    data = read_bytes(path)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _names(source: str, models: list[CArray]) -> str:
    if not models:
        return "No array in it is a model; name the file that has the model's values."
    return "It holds " + ", ".join(f"{source}{SEPARATOR}{printable(each.name)}" for each in models) + "."


def _instead(arrays: list[CArray]) -> str:
    if not arrays:
        return "no array of bytes in it has its values there, as plain numbers without #if between them"
    shown = ", ".join(printable(each.name, 40) for each in arrays[:3])
    return f"of its {len(arrays)} byte arrays ({shown}) none is a .tflite file"


_GIVEN = "Give the file that it was given: a .tflite, or a Keras or ONNX model (docs/quantize.md)."
_TOOLS = (
    (
        re.compile(r"\bTfArray\s*<|\btflite_learn_\w+_invoke\b"),
        "Edge Impulse's EON compiler made code of the network",
        "Download the model as a .tflite (int8) from the project's dashboard: docs/migrating.md.",
    ),
    (
        re.compile(r"\bAI_HANDLE_PTR\b|\bai_u64\b|\bstai_network\w*"),
        "these are weights for X-CUBE-AI's library",
        _GIVEN,
    ),
    (re.compile(r"\btvmgen_\w+|\bTVMBackend\w+"), "microTVM made code of the network", _GIVEN),
    (re.compile(r"\beml_net\b|\bEmlNet\b"), "these are weights for emlearn's library", _GIVEN),
    (re.compile(r"\bnnom\.h\b"), "these are weights for NNoM's library", _GIVEN),
    (re.compile(r"\bINCBIN\s*\("), "INCBIN takes its bytes from another file", "Name that file."),
)
"""What a file has that is no array of a model, whose it is, and what to do."""


def _of_a_tool(path: Path) -> tuple[str, str] | None:
    text = _text(path)
    return next(((what, next_step) for mark, what, next_step in _TOOLS if mark.search(text)), None)


def _elsewhere(path: Path) -> str:
    """A declaration is often beside the definition: model.h and model.cc."""
    siblings = (path.with_suffix(suffix) for suffix in SUFFIXES if suffix != path.suffix.lower())
    near = [printable(other.name) for other in siblings if other.is_file() and may_hold_model(other)]
    return f"Is it {near[0]}, beside it?" if near else "Name the file that has the model's values (0x1c, 0x00, ...)."
