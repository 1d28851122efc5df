"""Patterns of rules.py on tokens, and the names that play a role in them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .lexer import Token, closing, lex
from .rules import Dialect

_PATTERN = re.compile(r"\$\w+|[@#]|->|::|\w+|[^\s\w]")
_PORTS = ("input", "output")


@dataclass
class Names:
    """By name its role; of tensors also which (`input_0`)."""

    roles: dict[str, str] = field(default_factory=dict)
    ports: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """Up to the token `end`; `port` is the tensor's that was named, `arguments` the places of `#`."""

    end: int
    port: str
    arguments: tuple[tuple[int, int], ...]


@functools.cache
def _words(pattern: str) -> tuple[str, ...]:
    return tuple(_PATTERN.findall(pattern))


def match(pattern: str, tokens: Sequence[Token], place: int, names: Names) -> Match | None:
    """What the pattern matches from the token at `place` on, or None."""
    port, arguments = "", []
    for word in _words(pattern):
        if place >= len(tokens):
            return None
        text = tokens[place].text
        if word == "$tensor":
            found = _tensor(tokens, place, names)
            if found is None:
                return None
            place, port = found
        elif word in ("@", "#"):
            end = _argument(tokens, place, whole=word == "@")
            arguments.append((place, end))
            place = end
        elif word[0] == "$":
            if names.roles.get(text) != word[1:]:
                return None
            place += 1
        elif text != word and not (word == "." and text == "->"):
            return None
        else:
            place += 1
    return Match(place, port, tuple(arguments))


def _argument(tokens: Sequence[Token], place: int, *, whole: bool) -> int:
    while place < len(tokens) and tokens[place].text not in (")", "]", "}") and (whole or tokens[place].text != ","):
        place = (closing(tokens, place) if tokens[place].text in ("(", "[", "{") else place) + 1
    return place


def _tensor(tokens: Sequence[Token], place: int, names: Names) -> tuple[int, str] | None:
    """A tensor's name, or `interpreter->input(0)`: the token behind it, and which it is."""
    if names.roles.get(tokens[place].text) == "tensor":
        return place + 1, names.ports.get(tokens[place].text, "")
    words = [token.text for token in tokens[place : place + 6]]
    if len(words) < 6 or names.roles.get(words[0]) != "interpreter" or not words[4].isdigit():
        return None
    port = words[2].removesuffix("_tensor")
    if port not in _PORTS or words[1] not in ("->", ".") or (words[3], words[5]) != ("(", ")"):
        return None
    return place + 6, f"{port}_{words[4]}"


def learn(tokens: Sequence[Token], dialect: Dialect, names: Names) -> None:
    """Add the names that declarations of the dialect's types give a role."""
    types: Mapping[str, str] = dict(dialect.types)
    for place, token in enumerate(tokens):
        if token.kind == "name" and token.text in types:
            for name in declared(tokens, place + 1):
                names.roles.setdefault(name, types[token.text])


def declared(tokens: Sequence[Token], place: int) -> list[str]:
    """The names that are declared behind a type: `* a = 0, *b;`, `<1, 2> c(d)`."""
    depth = 0
    while place < len(tokens) and (tokens[place].text in ("<", ">", "*", "&", "const", "static") or depth):
        depth += {"<": 1, ">": -1, ">>": -2}.get(tokens[place].text, 0)
        place += 1
    found = []
    while place + 1 < len(tokens) and tokens[place].kind == "name":
        found.append(tokens[place].text)
        place += 1
        while place < len(tokens) and tokens[place].text not in (",", ";", ")"):
            place = (closing(tokens, place) if tokens[place].text in ("(", "[", "{") else place) + 1
        if place >= len(tokens) or tokens[place].text != ",":
            break
        place += 1
        while place < len(tokens) and tokens[place].text == "*":
            place += 1
    return found


def learn_ports(tokens: Sequence[Token], names: Names) -> None:
    """Which tensor a name is: of `input = interpreter->input(0)`."""
    for place in range(len(tokens) - 2):
        if names.roles.get(tokens[place].text) == "tensor" and tokens[place + 1].text == "=":
            found = _tensor(tokens, place + 2, names)
            if found and found[1]:
                names.ports[tokens[place].text] = found[1]


def tokens_of(text: str, source: str) -> tuple[Token, ...]:
    """`lex`, with brackets that close. UsageError else."""
    from ..errors import UsageError

    tokens = lex(text, source)
    place = 0
    try:
        while place < len(tokens):
            if tokens[place].kind == "mark" and tokens[place].text in ")]}":
                raise IndexError(place)
            if tokens[place].kind == "mark" and tokens[place].text in "([{":
                place = closing(tokens, place)
            place += 1
    except IndexError:
        line = text.count("\n", 0, tokens[place].start) + 1
        raise UsageError(f"{source}:{line}: this bracket has no other end", "Migrate it by hand.") from None
    return tokens
