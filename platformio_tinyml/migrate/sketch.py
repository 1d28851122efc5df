"""A project's files with an interpreter of their own -> the same with the generated header, and what is in doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .lexer import Token, closing
from .patterns import Names, learn, learn_ports, match, tokens_of
from .rules import DIALECTS, ELEMENTS, Dialect
from .statements import Statement, statements

_DECLARED_BY = ("=", "[", ";", "{")
_NUMBER = re.compile(r"(?:#define\s+(\w+)|\b(\w+)\s*=)\s*\(?\s*([0-9]+(?:\s*\*\s*[0-9]+)*)\s*\)?\s*[;\n]")
_NO_TYPES = ("return", "delete", "else", "case", "goto", "using", "typedef", "template", "#")


Doubt = tuple[str, int, str]
"""Path, line, and what is not sure there."""


@dataclass
class Source:
    """A file on its way: `drops` are token ranges that go, with what stands there instead."""

    path: str
    text: str
    tokens: tuple[Token, ...]
    drops: dict[tuple[int, int], str] = field(default_factory=dict)
    changes: dict[tuple[int, int], str] = field(default_factory=dict)

    def line(self, token: int) -> int:
        """Of the file, from 1."""
        return self.text.count("\n", 0, self.tokens[token].start) + 1

    def part(self, first: int, end: int) -> str:
        """The text of tokens."""
        return self.text[self.tokens[first].start : self.tokens[end - 1].end] if end > first else ""

    def gone(self) -> set[int]:
        """Tokens that are dropped."""
        return {token for first, end in self.drops for token in range(first, end)}


@dataclass(frozen=True)
class Migration:
    """By path the text of every file that changes. `doubts` are (path, line, what), `arena` the bytes set by hand."""

    dialect: Dialect
    files: Mapping[str, str]
    doubts: tuple[Doubt, ...]
    arena: int | None
    dropped: int
    changed: int


def migrate(texts: Mapping[str, str], model: str, header: str, ports: Mapping[str, str]) -> Migration | None:
    """None where no interpreter is found.

    `model` is its name in C, `texts` are all sources by path, `ports` the types of inputs and outputs (`input_0`).
    """
    sources = [Source(path, text, tokens_of(text, path)) for path, text in texts.items()]
    words = {token.text for source in sources for token in source.tokens}
    dialect = next((each for each in DIALECTS if words & set(each.marks)), None)
    if dialect is None:
        return None
    names = Names()
    for source in sources:
        learn(source.tokens, dialect, names)
    for source in sources:
        learn_ports(source.tokens, names)
    loaded = {name for source in sources for name in _loaded(source.tokens)}
    holding = {source.path for source in sources if loaded & {token.text for token in source.tokens}}
    doubts: list[Doubt] = []
    for source in sources:
        _drop(source, dialect, names, holding, doubts)
    edited = [source for source in sources if source.drops]
    _drop_unused(sources, edited, loaded)
    arrays = _arrays(sources)
    for source in edited:
        _change(source, dialect, names, model, arrays, ports)
    if not any(f"{model}_init(" in text for source in edited for text in source.changes.values()):
        doubts += _start(edited, model)
    arena = next((size for source in edited if (size := _arena(source, sources))), None)
    files = {}
    for source in edited:
        _include(source, dialect, model, header)
        files[source.path] = _text(source)
        doubts += _doubts(source, dialect, names, model)
    return Migration(
        dialect,
        files,
        tuple(sorted(set(doubts))),
        arena,
        sum(len(source.drops) for source in edited),
        sum(len(source.changes) for source in edited),
    )


def _loaded(tokens: Sequence[Token]) -> Iterator[str]:
    """Names of arrays that hold a model: of `GetModel(g_model)`, `ml.begin(model)`."""
    for place in range(len(tokens) - 3):
        call = [token.text for token in tokens[place : place + 4]]
        if call[0] in ("GetModel", "begin") and (call[1], call[3]) == ("(", ")") and tokens[place + 2].kind == "name":
            yield call[2]


def _drop(source: Source, dialect: Dialect, names: Names, holding: set[str], doubts: list[Doubt]) -> None:
    gone = 0
    for each in statements(source.tokens):
        if each.first < gone or not _goes(source, each, dialect, names, holding):
            continue
        part = source.tokens[each.first : each.end]
        if any(token.text == "else" for token in part):
            doubts.append((source.path, source.line(each.first), "has an else branch: decide which one stays"))
            continue
        source.drops[each.first, each.end] = "{ }" if each.is_body else ""
        gone = each.end


def _goes(source: Source, each: Statement, dialect: Dialect, names: Names, holding: set[str]) -> bool:
    tokens = source.tokens
    head = tokens[each.first]
    if head.kind == "directive":
        return _include_goes(head.text, dialect, holding)
    if head.text in ("for", "while", "switch"):
        return False
    end = each.condition if each.condition > each.first else each.end
    types = {name for name, _ in dialect.types}
    for place in range(each.first, end):
        text = tokens[place].text
        if text in ("(", "=", "{", "[") and tokens[place].kind == "mark":
            break
        if text in types:
            return True
    if each.condition == each.first and _has_block(tokens, each):
        return False
    return any(match(pattern, tokens, place, names) for place in range(each.first, end) for pattern in dialect.drops)


def _has_block(tokens: Sequence[Token], each: Statement) -> bool:
    return any(token.text == ";" for token in tokens[each.first : each.end - 1]) or tokens[each.end - 1].text == "}"


def _include_goes(directive: str, dialect: Dialect, holding: set[str]) -> bool:
    found = re.match(r'#\s*include\s*([<"])([^>"]+)', directive)
    if not found:
        return False
    name = found[2]
    ours = found[1] == '"' and any(path.rpartition("/")[2] == name.rpartition("/")[2] for path in holding)
    return ours or any(part in name for part in dialect.includes)


def _drop_unused(sources: Sequence[Source], edited: Sequence[Source], loaded: set[str]) -> None:
    """Declarations, in files that change anyway, of what only code that goes has used: the arena, its size."""
    while True:
        left: Counter[str] = Counter()
        used: set[str] = set()
        for source in sources:
            gone = source.gone()
            for place, token in enumerate(source.tokens):
                for name in re.findall(r"[A-Za-z_]\w*", token.text) if token.kind in ("name", "directive") else ():
                    if place in gone:
                        used.add(name)
                    else:
                        left[name] += 1
        found = False
        for source in edited:
            gone = source.gone()
            for each in statements(source.tokens):
                name = _declares(source.tokens, each)
                if name in used and left[name] == 1 and each.first not in gone and name not in loaded:
                    source.drops[each.first, each.end] = ""
                    found = True
        if not found:
            return


def _declares(tokens: Sequence[Token], each: Statement) -> str:
    """The name of the only variable that a statement declares, or that a `#define` defines; else nothing."""
    head = tokens[each.first]
    if head.kind == "directive":
        define = re.match(r"#\s*define\s+(\w+)\s", head.text)
        return define[1] if define else ""
    part = tokens[each.first : each.end]
    if part[-1].text != ";" or head.text in _NO_TYPES or any(token.text in ("->", "::") for token in part[:1]):
        return ""
    for place in range(1, len(part) - 1):
        before, token, after = part[place - 1], part[place], part[place + 1]
        if (
            token.kind == "name"
            and after.text in _DECLARED_BY
            and (before.kind == "name" or before.text in ("*", ")", ">"))
        ):
            return token.text if part[0].text != "(" else ""
        if token.text in ("=", ".", "->"):
            return ""
    return ""


def _arrays(sources: Sequence[Source]) -> dict[str, str]:
    """The arrays that the old code names as input (`f`) and output (`o`)."""
    found: dict[str, str] = {}
    buffers: dict[str, str] = {}
    for tokens in (source.tokens for source in sources):
        for place in range(2, len(tokens) - 2):
            text, argument = tokens[place].text, tokens[place + 2].text
            if text == "signal_from_buffer":
                found.setdefault("f", argument)
            elif text in ("ai_network_inputs_get", "ai_network_outputs_get") and tokens[place - 1].text == "=":
                buffers[tokens[place - 2].text] = "f" if "inputs" in text else "o"
    for tokens in (source.tokens for source in sources):
        for place in range(7, len(tokens) - 2):  # name [ 0 ] . data = AI_HANDLE_PTR ( array )
            if tokens[place].text == "AI_HANDLE_PTR" and (kind := buffers.get(tokens[place - 7].text)):
                found.setdefault(kind, tokens[place + 2].text)
    return found


def _change(
    source: Source, dialect: Dialect, names: Names, model: str, arrays: Mapping[str, str], ports: Mapping[str, str]
) -> None:
    place, gone = 0, source.gone()
    while place < len(source.tokens):
        for pattern, instead in dialect.becomes if place not in gone else ():
            found = match(pattern, source.tokens, place, names)
            if found is None:
                continue
            known = {"n": model, "N": model.upper(), **arrays}
            if found.port:
                known |= {"p": found.port, "P": found.port.upper()}
            known |= {f"a{index}": source.part(*ends) for index, ends in enumerate(found.arguments)}
            element = ELEMENTS.get(pattern.removeprefix("$tensor.data."))
            if set(re.findall(r"{(\w+)}", instead)) <= set(known) and element in (None, ports.get(found.port)):
                source.changes[place, found.end] = instead.format_map(known)
                place = found.end
                break
        else:
            place += 1


def _start(edited: Sequence[Source], model: str) -> list[Doubt]:
    """Call init where the program begins; a doubt where that is not found."""
    for source in edited:
        for place in range(len(source.tokens) - 3):
            if source.tokens[place].text in ("setup", "main") and source.tokens[place + 1].text == "(":
                brace = closing(source.tokens, place + 1) + 1
                if brace + 1 < len(source.tokens) and source.tokens[brace].text == "{":
                    source.changes[brace + 1, brace + 1] = f"{model}_init();\n    "
                    return []
    return [(edited[0].path, 1, f"call {model}_init() once, before the rest")] if edited else []


def _arena(source: Source, sources: Sequence[Source]) -> int | None:
    """Bytes of the largest byte array that goes, where its size is a number, a product or the name of one."""
    values = {}
    for each in sources:
        for found in _NUMBER.finditer(each.text):
            values[found[1] or found[2]] = found[3]
    sizes = []
    for first, end in source.drops:
        text = source.part(first, end)
        for size in re.findall(r"(?:u?int8_t|char|byte|ai_u8)\s+\w+\s*\[\s*([\w *]+)\]", text):
            product = values.get(size.strip(), size).replace(" ", "")
            if re.fullmatch(r"[0-9]{1,9}(\*[0-9]{1,9})*", product):
                value = 1
                for factor in product.split("*"):
                    value *= int(factor)
                sizes.append(value)
    return max(sizes, default=None)


def _include(source: Source, dialect: Dialect, model: str, header: str) -> None:
    lines = f"#include <{header}>"
    scores = dialect.scores.format(n=model)
    if scores and any(scores in instead for instead in source.changes.values()):
        lines += f"\n\nstatic float {scores}[{model.upper()}_OUTPUT_0_SIZE];"
    if any("memcpy(" in instead for instead in source.changes.values()) and "<string.h>" not in source.text:
        lines += "\n#include <string.h>"
    directives = [place for place, token in enumerate(source.tokens) if token.text.startswith("#include")]
    gone = [(first, end) for first, end in source.drops if first in directives]
    if gone:
        source.drops[min(gone)] = lines
    elif source.tokens:
        first = directives[0] if directives else 0
        source.changes[first, first] = f"{lines}\n"


def _text(source: Source) -> str:
    """The file's new text: a line of which nothing is left goes, with the comment at its end."""
    text, out, place = source.text, [], 0
    edits = {**source.changes, **source.drops}
    gone = {token for first, end in source.drops for token in range(first, end)}
    for (first, end), instead in sorted(edits.items()):
        if (first, end) not in source.drops and first in gone and end > first:
            continue
        start = source.tokens[first].start
        stop = source.tokens[end - 1].end if end > first else start
        if not instead and end > first:
            line, after = text.rfind("\n", 0, start) + 1, text.find("\n", stop)
            after = len(text) if after < 0 else after + 1
            rest = re.fullmatch(r"\s*(//.*|/\*.*\*/)?\s*", text[stop:after])
            if not text[line:start].strip() and rest and line >= place:
                start, stop = line, after
        out += [text[place:start], instead]
        place = stop
    new = "".join([*out, text[place:]])
    for left_over, tidy in ((r"\n[ \t]+(?=\n)", "\n"), (r"\n{3,}", "\n\n")):
        new = new if re.search(left_over, text) else re.sub(left_over, tidy, new)
    return new


def _doubts(source: Source, dialect: Dialect, names: Names, model: str) -> Iterator[Doubt]:
    gone = source.gone()
    changed = {token for first, end in source.changes for token in range(first, end)}
    reasons = dict(dialect.doubts)
    for place, token in enumerate(source.tokens):
        if token.kind != "name":
            continue
        if token.text in reasons:
            yield source.path, source.line(place), reasons[token.text].format(n=model)
        elif place not in gone | changed and (token.text in names.roles or token.text.startswith(dialect.rest)):
            yield source.path, source.line(place), f"`{token.text}` is left: write it by hand"
