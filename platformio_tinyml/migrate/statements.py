"""Tokens as statements: where each begins and ends, and what it is the body of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .lexer import Token, closing


@dataclass(frozen=True, slots=True)
class Statement:
    """Tokens `first` up to `end`. `is_body`: an `if` without braces has it, and needs one in its place.

    `condition` is the end of the `if (...)` that it begins with, else `first`.
    """

    first: int
    end: int
    condition: int
    is_body: bool = False


def statements(tokens: Sequence[Token], first: int = 0, end: int | None = None) -> Iterator[Statement]:
    """All statements and declarations, an outer one before those in it; directives are statements."""
    place, end = first, len(tokens) if end is None else end
    while place < end:
        after = _end(tokens, place, end)
        yield from _with_inner(tokens, place, after, is_body=False)
        place = after


def _with_inner(tokens: Sequence[Token], first: int, end: int, *, is_body: bool) -> Iterator[Statement]:
    head = first
    if tokens[first].text in ("if", "while", "for", "switch") and first + 1 < end:
        head = closing(tokens, first + 1) + 1
    yield Statement(first, end, head, is_body)
    if head > first and head < end and tokens[head].text != "{":
        body = _end(tokens, head, end)
        yield from _with_inner(tokens, head, body, is_body=True)
        if body < end and tokens[body].text == "else" and tokens[body + 1].text != "{":
            yield from _with_inner(tokens, body + 1, end, is_body=True)
            return
        head = body
    place = head
    while place < end:
        if tokens[place].text == "{":
            inner = closing(tokens, place)
            if not _is_values(tokens, first, place):
                yield from statements(tokens, place + 1, inner)
            place = inner
        elif tokens[place].text in ("(", "["):
            place = closing(tokens, place)
        place += 1


def _is_values(tokens: Sequence[Token], first: int, brace: int) -> bool:
    return brace > first and tokens[brace - 1].text in ("=", "]", ",")


def _end(tokens: Sequence[Token], first: int, end: int) -> int:
    """Behind the statement that begins at `first`."""
    if tokens[first].kind == "directive":
        return first + 1
    if tokens[first].text in ("if", "while", "for", "switch") and tokens[first + 1].text == "(":
        after = _end(tokens, closing(tokens, first + 1) + 1, end)
        while tokens[first].text == "if" and after < end and tokens[after].text == "else":
            after = _end(tokens, after + 1, end)
        return after
    place = first
    while place < end:
        text = tokens[place].text
        if text == ";":
            return place + 1
        if text in ("(", "["):
            place = closing(tokens, place)
        elif text == "{":
            values = _is_values(tokens, first, place)
            place = closing(tokens, place)
            if not values and not (place + 1 < end and tokens[place + 1].text == ";"):
                return place + 1
        place += 1
    return end
