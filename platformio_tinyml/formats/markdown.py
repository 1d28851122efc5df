"""Markdown for a pull request comment or a job summary: short, and a table.

Every word that is not the program's own stands in a code span or a fenced block, where GitHub makes neither markup nor
links nor mentions of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..firmware.footprint import OwnerSize
from ..measured.baseline import changes
from ..model.naming import printable
from .document import Document, Usage, failed_checks

_NAME = 60
_LINE = 400
_OWNERS = 8
_MODELS = 8


def as_markdown(documents: Sequence[Document]) -> str:
    """One part per report, ending in a newline."""
    return "\n".join("".join(line + "\n" for line in _lines(document)) for document in documents)


def _lines(document: Document) -> Iterator[str]:
    failed = failed_checks(document)
    mark = ":white_check_mark:" if document.ok else ":x:"
    names = [_code(document.environment)] if document.environment else []
    names += [f"board {_code(document.board)}"] if document.board else []
    yield f"### {mark} tinyml " + ", ".join(names)
    yield ""
    if failed:
        yield f"**{len(failed)} of {len(document.checks)} checks failed.**{_STAGES.get(document.stage, '')}"
        yield ""
        yield "```text"
        for check in failed:
            yield _plain(f"{check.name}: {check.message or 'failed'}")
            yield from (_plain(f"  - {line}") for line in check.advice)
        yield "```"
        yield ""
    if document.flash.used is not None:
        yield from _totals(document)
    if document.models:
        yield from _models(document)
    if document.baseline and document.owners is not None:
        yield from _changes(changes(document.owners, document.baseline))


_STAGES = {"preflight": " It was not linked: figures are the least it takes.", "link": " The link failed."}


def _totals(document: Document) -> Iterator[str]:
    before = document.baseline
    yield "| | used | | limit | budget |" + (" change |" if before else "")
    yield "|---|--:|--:|--:|--:|" + ("--:|" if before else "")
    for name, usage, old in (
        ("flash", document.flash, before.flash if before else None),
        ("RAM", document.ram, before.ram if before else None),
    ):
        change = f" {_change(usage.used - old)} |" if old is not None and usage.used is not None else ""
        sizes = f"{_number(usage.used)} | {_percent(usage)} | {_number(usage.limit)} | {_number(usage.budget)}"
        yield f"| **{name}** | {sizes} |{change}"
    yield ""


def _models(document: Document) -> Iterator[str]:
    yield "| model | operators | MACs | constants | arena | how known |"
    yield "|---|--:|--:|--:|--:|---|"
    for model in document.models[:_MODELS]:
        name = _code(model.name) + (" (not used)" if model.used is False else "")
        arena = f"{_number(model.arena.size)} | {_code(model.arena.method or 'not measured')}"
        yield f"| {name} | {model.operators:,} | {model.macs:,} | {_number(model.flash)} | {arena} |"
    if len(document.models) > _MODELS:
        yield f"| {len(document.models) - _MODELS} more | | | | | |"
    yield ""
    for model in document.models[:_MODELS]:
        row = model.simplification
        if row and row.constant:
            never = f"{row.constant:,} of {row.channels:,} channels never change"
            yield f"{_code(model.name)}: {never}, {row.removed:,} left out."
            yield ""


def _changes(rows: Sequence[OwnerSize]) -> Iterator[str]:
    if not rows:
        yield "No owner changed since the baseline."
        return
    yield "| changed since the baseline | flash | RAM |"
    yield "|---|--:|--:|"
    for row in rows[:_OWNERS]:
        yield f"| {_code(row.owner)} | {_change(row.flash)} | {_change(row.ram)} |"
    rest = rows[_OWNERS:]
    if rest:
        flash, ram = sum(row.flash for row in rest), sum(row.ram for row in rest)
        yield f"| {len(rest)} more | {_change(flash)} | {_change(ram)} |"


def _code(text: str) -> str:
    """A code span, also in a table: neither backticks nor pipes are left to end it."""
    return f"`{printable(text, _NAME).replace('`', chr(39)).replace('|', chr(0xA6)) or ' '}`"


def _plain(text: str) -> str:
    """A line of a fenced block: without backticks it cannot end the block."""
    return printable(text, _LINE).replace("`", "'")


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _change(difference: int) -> str:
    return f"{difference:+,}" if difference else "0"


def _percent(usage: Usage) -> str:
    return f"{100 * usage.main / usage.limit:.1f}%" if usage.main is not None and usage.limit else "-"
