"""Audit -> JSON document and text of at most 80 columns."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator

from ..model.naming import printable
from .advice import NAME_WIDTH, advice, shown
from .audit import Audit, AuditedModel
from .find import FoundArena

_COLUMNS = 80


def as_document(audit: Audit, elf: str) -> dict[str, object]:
    """Keys are always there; null is unknown, `exact` false a least size, `symbol` "" none."""
    resolver = audit.resolver
    return {
        "schema": "tinyml-report/1",
        "ok": True,
        "elf": elf,
        "machine": audit.image.machine,
        "cpu": audit.image.cpu,
        "stripped": not audit.image.symbols,
        "kernels": {"set": audit.kernels.value, "seen": audit.kernels_seen},
        "models": [_model(audit, model) for model in audit.models],
        "arenas": [_arena(arena) for arena in audit.arenas],
        "wasted": audit.wasted,
        "resolver": {
            "registered": list(resolver.registered),
            "unneeded": list(resolver.unneeded),
            "unneeded_bytes": resolver.bytes,
        },
        "error_strings": audit.error_strings,
        "advice": list(advice(audit)),
    }


def _model(audit: Audit, model: AuditedModel) -> dict[str, object]:
    found, plan = model.found, model.plan
    return {
        "name": found.model.name,
        "symbol": found.symbol,
        "description": found.model.description,
        "address": found.address,
        "size": found.size,
        "exact": found.exact,
        "section": found.section,
        "in_ram": found.in_ram,
        "aligned": found.aligned,
        "operators": _operators(model),
        "offline_plan": bool(found.offline),
        "arena": plan and {"method": audit.method, "size": plan.size, "head": plan.head, "tail": plan.tail},
        "no_arena": model.no_plan or None,
        "compiled_arena": model.compiled,
    }


def _operators(model: AuditedModel) -> dict[str, int]:
    return dict(Counter(operator.custom_code or operator.opcode for operator in model.found.model.operators))


def _arena(arena: FoundArena) -> dict[str, object]:
    return {
        "symbol": arena.symbol,
        "address": arena.address,
        "size": arena.size,
        "section": arena.section,
        "named": arena.named,
        "aligned": arena.aligned,
    }


def as_text(audit: Audit, elf: str) -> str:
    """For a terminal."""
    return "\n".join(line for part in _paragraphs(audit, elf) for line in part) + "\n"


def _paragraphs(audit: Audit, elf: str) -> Iterator[list[str]]:
    count = len(audit.models)
    what = "no TFLite model" if not count else "1 model" if count == 1 else f"{count} models"
    cpu = f" ({printable(audit.image.cpu, 30)})" if audit.image.cpu else ""
    stripped = "" if audit.image.symbols else ", stripped"
    yield _wrapped(f"{printable(elf)}: {printable(audit.image.machine, 20)}{cpu}{stripped}: {what}")
    if compiled := _compiled(audit):
        names = ", ".join(printable(name, NAME_WIDTH) for name in compiled)
        yield _wrapped(
            f"compiled runtime: {names}. Such a model is code and tables, and no .tflite file: what it takes is in "
            "report.html of its build, or footprint tells it (pio-tinyml footprint)"
        )
    for model in audit.models:
        yield ["", *_model_lines(audit, model)]
    if audit.arenas and audit.models:
        yield ["", *(line for arena in audit.arenas[:8] for line in _arena_lines(arena))]
    elif audit.models:
        yield ["", *_wrapped("no arena found: it may be on the heap, or the ELF is stripped")]
    sentences = advice(audit)
    if sentences:
        yield ["", "advice:", *(line for sentence in sentences for line in _wrapped(sentence, "  * ", "    "))]


def _compiled(audit: Audit) -> list[str]:
    """Models of this library's compiled runtime, by the symbols that generated code has."""
    names = {symbol.name for symbol in audit.image.symbols}
    if not any(name.startswith("tinyml_") for name in names):
        return []
    ends = ("_invoke", "_push_row", "_pop_row")
    invoked = sorted({name.removesuffix(end) for name in names for end in ends if name.endswith(end)})
    return [name for name in invoked if f"{name}_arena" in names and f"{name}_tflite" not in names]


def _model_lines(audit: Audit, model: AuditedModel) -> Iterator[str]:
    found, plan = model.found, model.plan
    size = f"{found.size:,} bytes" if found.exact else f"at least {found.size:,} bytes"
    place = "in flash and RAM" if found.in_ram else "in flash"
    aligned = "aligned" if found.aligned else "NOT ALIGNED to 16"
    section = printable(found.section, 30)
    yield from _wrapped(f"{shown(found)}: {size} at {found.address:#x} ({section}), {place}, {aligned}")
    operators = ", ".join(
        printable(name, NAME_WIDTH) + (f" x{count}" if count > 1 else "") for name, count in _operators(model).items()
    )
    yield from _wrapped(f"operators: {operators}", "  ", "    ")
    if plan is None:
        yield from _wrapped(f"arena: unknown; {model.no_plan}", "  ", "    ")
        return
    kernels = audit.kernels.value + ("" if audit.kernels_seen else ", assumed")
    yield from _wrapped(
        f"arena: {plan.size:,} bytes ({audit.method}; kernels: {kernels}); activations {plan.head:,}, "
        f"interpreter {plan.tail:,}",
        "  ",
        "    ",
    )


def _arena_lines(arena: FoundArena) -> list[str]:
    name = printable(arena.symbol, NAME_WIDTH)
    guess = "" if arena.named else "; perhaps the arena, no object is named so"
    section = printable(arena.section, 30)
    return _wrapped(f"{name}: {arena.size:,} bytes at {arena.address:#x} ({section}){guess}")


def _wrapped(text: str, first: str = "", later: str = "  ") -> list[str]:
    return textwrap.wrap(text, _COLUMNS, initial_indent=first, subsequent_indent=later)
