"""report.html: one page that needs nothing else. Its own script only sorts tables; without it nothing is missing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..measured.baseline import changes
from ..model.naming import printable
from .check_names import kind_of, title
from .document import (
    CheckRow,
    Document,
    ModelRow,
    PeakRow,
    QuantizationRow,
    SimplificationRow,
    StaticRow,
    Usage,
    VerificationRow,
    failed_checks,
)
from .html_arena import arena_picture, short
from .html_bars import meter, owner_class, part_bar, shown_percent, swatch
from .html_memory import memory_map
from .html_operators import operators_table, profile_facts, time_facts
from .html_table import number_cell, scroller
from .markup import Child, Markup, element
from .units import latency

_FOLDER = Path(__file__).parent
_STAGES = {
    "preflight": "Before linking: what the models take at least",
    "link": "The link failed: figures from the linker's map",
}


def as_html(document: Document) -> str:
    """The page, ending in a newline. Nothing in it is fetched, and its policy forbids that anything else runs."""
    style, script = ((_FOLDER / name).read_text("utf-8") for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    name = document.environment or document.board or "firmware"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{'ok' if document.ok else 'FAILED'}: {name} - tinyml report"),
        element("style", Markup(style)),
    )
    body = element("body", _header(document), element("main", *_sections(document)), element("script", Markup(script)))
    return f"<!doctype html>\n{element('html', head, body, lang='en').text}\n"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _header(document: Document) -> Markup:
    failed = len(failed_checks(document))
    if failed:
        verdict = f"{failed} of {len(document.checks)} checks failed"
    elif document.checks:
        verdict = f"All {len(document.checks)} checks passed"
    else:
        verdict = "Nothing to check: no limit and no budget is known"
    facts = [f"board {document.board}" if document.board else "", document.memories or ""]
    return element(
        "header",
        element("p", "tinyml report", class_="eyebrow"),
        element("h1", document.environment or document.board or "Firmware"),
        element("p", " \N{MIDDLE DOT} ".join(filter(None, facts)), class_="muted"),
        element("p", _icon(document.ok), element("strong", verdict), class_="verdict " + _state(document.ok)),
        element("p", _STAGES[document.stage], class_="stage") if document.stage in _STAGES else None,
    )


def _sections(document: Document) -> Iterator[Markup]:
    failed = failed_checks(document)
    if failed:
        yield _section("failed", "What failed", *(_failure(check) for check in failed))
    yield element("section", *_tiles(document), class_="tiles", aria_label="Summary")
    if document.regions:
        yield _section("memory", "Memory map", memory_map(document.regions))
    if document.owners:
        yield _section("owners", "Owners", _owners(document))
    for number, model in enumerate(document.models):
        yield _section(f"model-{number}", f"Model {model.name}", *_model(model, document.stage))
    if document.checks:
        yield _section("checks", "Checks", _checks(document.checks))
    if document.notes:
        yield _section("notes", "Notes", element("ul", *(element("li", note) for note in document.notes)))


def _section(name: str, heading: str, *children: Child) -> Markup:
    return element("section", element("h2", heading, id=name), *children, class_="card", aria_labelledby=name)


def _state(ok: bool) -> str:
    return "ok" if ok else "failed"


def _icon(ok: bool) -> Markup:
    shape = "M4 9.5l3.5 3.5L14 5.5" if ok else "M5 5l8 8M13 5l-8 8"
    return element("svg", element("path", d=shape), class_="icon", viewBox="0 0 18 18", aria_hidden="true")


def _failure(check: CheckRow) -> Markup:
    advice = element("ul", *(element("li", line) for line in check.advice)) if check.advice else None
    return element(
        "article",
        element("h3", _icon(False), title(check.name), " ", element("code", check.name)),
        element("p", check.message, class_="message") if check.message else None,
        element("p", "What would help", class_="eyebrow") if advice else None,
        advice,
        class_="failure",
    )


def _tiles(document: Document) -> Iterator[Markup]:
    failed = failed_checks(document)
    before = document.baseline
    for name, usage, kind, old in (
        ("Flash", document.flash, "flash", before.flash if before else None),
        ("RAM", document.ram, "ram", before.ram if before else None),
    ):
        if usage.used is not None:
            # Limits of single memories (ram_limit:CCM) are the firmware's, budgets of models are not.
            over = any(f"{kind}_limit" == kind_of(check.name) or check.name == f"{kind}_budget" for check in failed)
            yield _memory_tile(name, usage, usage.used, old, over)
    for model in document.models:
        size, method = model.arena.size, model.arena.method
        yield _tile(
            f"Arena of {model.name}",
            "not known" if size is None else f"{size:,}",
            element("p", f"{method or 'not measured'}, for {model.operators:,} operators"),
            element("p", f"{model.weights:,} bytes of constants"),
            element("p", "not in this firmware: nothing calls it") if model.used is False else None,
        )
        profile = model.profile
        if profile and profile.latency_us:
            yield _tile(
                f"Time of {model.name}",
                latency(profile.latency_us),
                element("p", f"estimated, of {time_facts(profile)}"),
                element("p", f"{model.macs:,} multiply-accumulates per inference") if model.macs else None,
                unit="",
            )


def _memory_tile(name: str, usage: Usage, used: int, before: int | None, over: bool) -> Markup:
    whole = usage.limit or usage.budget
    counted = (usage.main if usage.limit else used) or 0
    of = f"{shown_percent(counted, whole)} of {whole:,}" if whole else "no limit known"
    beside = f"{used - counted:,} in other memories" if counted != used else ""
    source = f"the limit is that of {usage.limit_source}" if usage.limit_source not in (None, "the board") else ""
    budget = f"budget {usage.budget:,}" if usage.budget is not None and usage.limit else ""
    return _tile(
        name,
        f"{used:,}",
        meter(counted, usage.limit, usage.budget, failed=over) if whole else None,
        element("p", ", ".join(filter(None, [of, beside, source, budget]))),
        element("p", _change(used - before), " since the baseline") if before is not None else None,
    )


def _tile(heading: str, figure: str, *rest: Child, unit: str = "bytes") -> Markup:
    return element(
        "div",
        element("h2", heading),
        element("p", figure, element("small", f" {unit}") if unit and figure[0].isdigit() else None, class_="figure"),
        *rest,
        class_="tile",
    )


def _change(difference: int) -> Markup:
    if not difference:
        return element("span", "\N{PLUS-MINUS SIGN}0", class_="muted")
    text = f"{difference:+,}".replace("-", "\N{MINUS SIGN}")
    return element("span", text, class_="more" if difference > 0 else "less")


def _owners(document: Document) -> Markup:
    owners = document.owners or ()
    changed = {row.owner: row for row in changes(owners, document.baseline)} if document.baseline else {}
    gone = [row.owner for row in changed.values() if row.owner not in {owner.owner for owner in owners}]
    sizes = [(row.owner, row.flash, row.ram) for row in owners] + [(owner, 0, 0) for owner in gone]
    most = (max((row[1] for row in sizes), default=0), max((row[2] for row in sizes), default=0))
    columns = [("Owner", ""), ("Flash", "number"), ("", "bars"), ("RAM", "number"), ("", "bars")]
    if document.baseline:
        columns += [("Flash, change", "number"), ("RAM, change", "number")]
    rows = []
    for owner, flash, ram in sizes:
        cells: list[Child] = [element("th", swatch(owner), owner, scope="row")]
        for size, largest in zip((flash, ram), most, strict=True):
            cells.append(element("td", size, class_="number"))
            cells.append(element("td", part_bar(size, largest, owner_class(owner)), class_="bars", aria_hidden="true"))
        if document.baseline:
            change = changed.get(owner)
            for difference in (change.flash, change.ram) if change else (0, 0):
                cells.append(element("td", _change(difference), class_="number"))
        rows.append(element("tr", *cells))
    head = element(
        "tr",
        *(
            element("th", text, scope="col", class_=class_ or None)
            if text
            else element("td", class_=class_, aria_hidden="true")
            for text, class_ in columns
        ),
    )
    total = _total(document, len(columns))
    return scroller("Owners", element("table", element("thead", head), element("tbody", *rows), total))


def _total(document: Document, columns: int) -> Markup:
    used = (document.flash.used or 0, document.ram.used or 0)
    cells: list[Child] = [element("th", "Total", scope="row")]
    for size in used:
        cells += [element("td", size, class_="number"), element("td", class_="bars", aria_hidden="true")]
    before = document.baseline
    if before:
        for size, old in zip(used, (before.flash, before.ram), strict=True):
            cells.append(element("td", _change(size - old), class_="number"))
    return element("tfoot", element("tr", *cells))


def _static(static: StaticRow, size: int | None) -> str:
    than = "" if size is None else f", {_change(static.size - size)} to the arena"
    return f"{static.size:,}, {static.method} with {static.kernels} kernels{than}"


def _model(model: ModelRow, stage: str) -> Iterator[Markup | None]:
    arena = model.arena
    not_known = "not known" if stage == "firmware" else "not linked yet"
    in_flash = f", {model.flash:,} in flash with the parameters of its calls" if model.flash else ""
    facts: list[tuple[str, str]] = [
        ("Source", model.source),
        ("Runtime", model.runtime),
        ("In this firmware", {True: "yes", False: "no: nothing calls it", None: not_known}[model.used]),
        ("Constants", f"{model.weights:,}{in_flash}"),
        ("Arena", "not measured" if arena.size is None else f"{arena.size:,}, {arena.method}"),
    ]
    if arena.persistent is not None:
        facts.append(("Of it persistent, in an array of its own", f"{arena.persistent:,}"))
    if arena.no_twin:
        facts.append(("Not taken from a twin", printable(arena.no_twin)))
    if model.runtime == "compiled":
        facts.append(("Without reuse in place", f"{arena.lower_bound:,}"))
    if arena.static:
        facts.append(("Arena by static plan", _static(arena.static, arena.size)))
    if model.quantization:
        facts += _quantization(model.quantization)
    if model.simplification:
        facts += _simplification(model.simplification)
    if model.profile:
        facts += profile_facts(model.profile)
    if model.verification:
        facts += _verification(model.verification)
    if model.not_verified:
        facts.append(("Outputs", f"not verified: {model.not_verified}"))
    yield element(
        "dl", *(element("div", element("dt", key), element("dd", value)) for key, value in facts), class_="facts"
    )
    picture = arena_picture(model)
    if picture is not None:
        yield element("h3", "The arena over time")
        yield _peak(model)
        yield picture
    if model.calls:
        yield element("h3", "Operators")
        yield operators_table(model)


def _quantization(row: QuantizationRow) -> Iterator[tuple[str, str]]:
    calibration = f"{row.calibration}, {row.samples:,} samples"
    yield "Made int8 from", row.source
    yield "Calibrated by", calibration if row.calibrated else f"NOT CALIBRATED: {calibration}"
    values = [f"{name} {value:.4g}" for name, value in (("float", row.float), ("int8", row.int8)) if value is not None]
    yield f"{row.metric}, {row.data} data", ", ".join(values) or "-"
    yield "Lost", f"{row.drop:.2%}" + (f" of {row.max_drop:.2%} allowed" if row.max_drop is not None else "")


def _simplification(row: SimplificationRow) -> Iterator[tuple[str, str]]:
    if row.channels:
        yield "Channels that never change", f"{row.constant:,} of {row.channels:,}, {row.removed:,} left out"
    if row.removed or row.steps:
        pairs = (("constants", row.constants), ("MACs", row.macs))
        yield "Simplified", ", ".join(f"{name} {before:,} \u2192 {after:,}" for name, (before, after) in pairs)
    for step in row.steps:
        yield "Left out", step


def _verification(row: VerificationRow) -> Iterator[tuple[str, str]]:
    verdict = f"differ in {row.difference}" if row.difference else "equal"
    yield "Outputs", f"{verdict}, {row.inputs:,} input{'s' * (row.inputs != 1)} ({row.source})"
    kinds = {True: "independent", False: "not independent", None: "of unknown origin"}
    yield "Compared with", ", ".join(f"{each.name} ({kinds[each.independent]})" for each in row.oracles)
    if row.missing:
        yield "Not compared", "; ".join(row.missing)


def _peak(model: ModelRow) -> Markup | None:
    peak = model.arena.peak
    if peak is None:
        return None
    live = ", ".join(f"{short(tensor.name)} ({tensor.bytes:,})" for tensor in peak.tensors[:3])
    more = f" and {len(peak.tensors) - 3} more" if len(peak.tensors) > 3 else ""
    where = element("strong", f"operator {peak.operator} {peak.opcode}")
    return element("p", "Fullest at ", where, f": {live}{more}. {_in_use(model, peak)}".rstrip())


def _in_use(model: ModelRow, peak: PeakRow) -> str:
    """Why the arena is neither the sum of what lies there nor the bytes in use."""
    size = model.arena.size
    used = next((call.live for number, call in enumerate(model.calls) if number == peak.call), None)
    if used is None or size is None:
        return ""
    shared = sum(tensor.bytes for tensor in peak.tensors) > used
    why = ", of which some serve several of them, one after the other" if shared else ""
    gaps = f" The other {size - used:,} of {size:,} are gaps between buffers." if size > used else ""
    return f"{used:,} bytes are in use{why}.{gaps}"


def _checks(checks: Sequence[CheckRow]) -> Markup:
    columns = (("", "state"), ("Check", ""), ("Actual", "number"), ("Allowed", "number"), ("", "bars"))
    rows = []
    for check in checks:
        bar = None
        if check.actual is not None and check.limit:
            bar = part_bar(check.actual, max(check.limit, check.actual), "fill" if check.ok else "fill failed")
        rows.append(
            element(
                "tr",
                element("td", _icon(check.ok), element("span", _state(check.ok)), class_=f"state {_state(check.ok)}"),
                element("th", title(check.name), scope="row"),
                number_cell(check.actual, check.unit),
                number_cell(check.limit, check.unit),
                element("td", bar, class_="bars", aria_hidden="true"),
            )
        )
    head = element(
        "tr",
        *(
            element("th", text, scope="col", class_=class_ or None) if text else element("td", class_=class_)
            for text, class_ in columns
        ),
    )
    return scroller("Checks", element("table", element("thead", head), element("tbody", *rows)))
