"""A model's operators as a table, and what an invoke of it takes."""

from __future__ import annotations

from collections.abc import Iterator

from ..measured.profile import EMULATED
from .document import ModelRow, ProfileRow
from .html_arena import short
from .html_bars import part_bar
from .html_table import number_cell, scroller
from .markup import Markup, element
from .units import energy, instructions, latency

_COLUMNS = (
    ("#", "number"),
    ("Operator", ""),
    ("{share}", "number"),
    ("", "bars"),
    ("Instructions", "number"),
    ("Arena in use", "number"),
    ("Constants", "number"),
    ("MACs", "number"),
    ("Bytes moved", "number"),
    ("Output", ""),
    ("Kernel", ""),
)
"""What is looked for first comes first: a telephone shows three of them."""


def operators_table(model: ModelRow) -> Markup:
    """A row for each call."""
    peak = model.arena.peak.call if model.arena.peak else None
    costs, total, share = _costs(model)
    most = max((cost or 0 for cost in costs), default=0)
    bounds = [each.instructions_bound for each in model.profile.calls] if model.profile else []
    bounds = bounds if len(bounds) == len(costs) else [None] * len(costs)
    rows = []
    for index, (call, cost, bound) in enumerate(zip(model.calls, costs, bounds, strict=True)):
        badge = element("span", "peak", class_="badge") if index == peak else None
        shape = " \N{MULTIPLICATION SIGN} ".join(map(str, call.shape)) if call.shape is not None else "-"
        rows.append(
            element(
                "tr",
                number_cell(call.operator),
                element(
                    "th",
                    call.opcode,
                    " ",
                    badge,
                    scope="row",
                    class_="whole",
                    title=short(call.name) if call.name else None,
                ),
                _share(cost, total),
                element("td", part_bar(cost or 0, most, "fill"), class_="bars", aria_hidden="true"),
                element(
                    "td",
                    instructions(bound) if bound else "-",
                    class_="number whole",
                    data_value=bound[1] if bound else -1,
                ),
                number_cell(call.live),
                number_cell(call.constants),
                number_cell(call.macs),
                number_cell(call.moved),
                element("td", shape, class_="whole"),
                element("td", element("code", call.function)),
            )
        )
    head = element(
        "tr",
        *(
            element("th", text.format(share=share), scope="col", class_=class_ or None)
            if text
            else element("td", class_=class_, aria_hidden="true")
            for text, class_ in _COLUMNS
        ),
    )
    table = element("table", element("thead", head), element("tbody", *rows), class_="sortable")
    return scroller(f"Operators of {model.name}", table)


def _costs(model: ModelRow) -> tuple[list[int | None], int, str]:
    """What each call costs, of how much, and a heading: instructions where they were counted, else MACs."""
    profile = model.profile
    if profile and profile.instructions and len(profile.calls) == len(model.calls):
        counted = [call.instructions for call in profile.calls]
        if None not in counted:
            return counted, profile.instructions, "Share"
    return [call.macs for call in model.calls], model.macs, "Share of MACs"


def _share(cost: int | None, total: int) -> Markup:
    text = f"{100 * cost / total:.1f}%" if cost is not None and total else "-"
    return element("td", text, class_="number", data_value=cost)


def time_facts(row: ProfileRow) -> str:
    """What a time hangs on, in few words."""
    how = " counted" if row.method == EMULATED else ""
    clock = f" at {row.clock_hz / 1e6:g} MHz" if row.clock_hz else ""
    return f"{instructions(row.instructions_bound)}{how} instructions{clock}"


def profile_facts(row: ProfileRow) -> Iterator[tuple[str, str]]:
    """Each figure with how it is known."""
    how = f"counted in the emulator, for {row.core}" if row.method == EMULATED else f"estimated, for {row.core}"
    yield "Instructions", f"{instructions(row.instructions_bound)} for an invoke, {how}"
    if row.cycles is not None:
        yield "Cycles, by the timings of the core", f"{row.cycles:,}"
    if row.latency_us and row.clock_hz and row.cpi:
        how = "assumed" if row.cycles is None else "by the timings of the core and their error"
        cpi = f"{row.cpi[0]:g} to {row.cpi[1]:g} cycles per instruction, {how}"
        yield "Time, estimated", f"{latency(row.latency_us)} at {row.clock_hz / 1e6:g} MHz, {cpi}"
    if row.energy_uj and row.ma_per_mhz is not None and row.voltage is not None:
        yield "Energy, estimated", f"{energy(row.energy_uj)} at {row.ma_per_mhz:g} mA/MHz and {row.voltage:g} V"
    if row.stack:
        yield "Stack, measured", f"{row.stack.init:,} in init, {row.stack.invoke:,} in invoke"
    for note in row.notes:
        yield "Profile", note
