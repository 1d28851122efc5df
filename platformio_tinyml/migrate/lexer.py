"""C and C++ as tokens with their places. Strict: what does not end is an error, and nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import UsageError

_TOKEN = re.compile(
    r"""
    (?P<space>(?:\s|\\\n)+)
  | (?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
  | (?P<raw>(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)")
  | (?P<text>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|[uUL]?'(?:\\.|[^'\\\n])*')
  | (?P<number>\.?[0-9](?:[eEpP][+-]|'[0-9A-Za-z]|[0-9A-Za-z_.])*)
  | (?P<name>(?!(?:u8|[uUL])?R")[A-Za-z_][A-Za-z0-9_]*)
  | (?P<mark>->|::|<<=|>>=|<<|[-+*/%&|^=!<>]=|&&|\|\||\+\+|--|\.\.\.|[-+*/%&|^=!<>~?:;,.(){}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"#(?:/\*.*?\*/|\\\n|[^\n])*", re.DOTALL)
_CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: name, number, text, mark, directive. `text` as in the file, from `start` to `end`."""

    kind: str
    text: str
    start: int
    end: int


def lex(text: str, source: str) -> tuple[Token, ...]:
    """The tokens of a file without spaces and comments. UsageError where it is no C; `source` is what to call it."""
    found, place, line_begins = [], 0, True
    while place < len(text):
        if text[place] == "#" and line_begins:
            match = _DIRECTIVE.match(text, place)
            kind = "directive"
        else:
            match = _TOKEN.match(text, place)
            kind = (match.lastgroup or "") if match else ""
            kind = "text" if kind in ("raw", "tag") else kind
        if match is None or (match.group() == "/" and text.startswith("/*", place)):
            line = text.count("\n", 0, place) + 1
            raise UsageError(f"{source}:{line} is not read as C: {text[place : place + 20]!r}", "Migrate it by hand.")
        if kind not in ("space", "comment"):
            found.append(Token(kind, match.group(), place, match.end()))
            line_begins = False
        elif "\n" in match.group():
            line_begins = True
        place = match.end()
    return tuple(found)


def closing(tokens: Sequence[Token], opening: int) -> int:
    """The index of the bracket that closes the one at `opening`. IndexError where none does."""
    wanted = []
    for index in range(opening, len(tokens)):
        text = tokens[index].text
        if tokens[index].kind != "mark":
            continue
        if text in _CLOSES:
            wanted.append(_CLOSES[text])
        elif text in _CLOSES.values():
            if wanted.pop() != text:
                break
            if not wanted:
                return index
    raise IndexError(opening)
