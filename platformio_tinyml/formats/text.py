"""The table of every build, and, when something fails, what and what would help.

At most 15 lines of 80 columns, and two more for a second and a third model.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence

from ..errors import in_lines
from ..firmware.footprint import Footprint, OwnerSize
from ..judgement.check import Check
from ..judgement.report import Report
from ..measured.device import DeviceModel
from ..measured.profile import EMULATED, Profile
from ..model.naming import printable
from ..sizes import shown_time
from .units import instructions, latency

WIDTH = 80
LINES = 15
_BAR = 20
_MODELS = 3
_LINES_OF_A_MODEL = 2
"""Its row and its profile: they must not crowd out the owners."""
_OWNERS = 3
"""Lines that notes leave for them: a heading, one, and the rest."""
_NAME = 19
_CHECK = 64
"""Characters of a check's name, which may be a section's or a symbol's."""


def as_table(report: Report) -> str:
    """The table, ending in a newline."""
    head = [_title(report), *_totals(report)]
    models = list(_models(report))
    lines = LINES + _LINES_OF_A_MODEL * max(min(len(report.manifests), _MODELS) - 1, 0) - len(head) - len(models)
    notes, left_out = _notes(report, lines - 1)
    more = f"; {left_out} {'note' if left_out == 1 else 'notes'} more: report.json" if left_out else ""
    tail = [*notes, _cut(_verdict(report) + more, WIDTH)]
    owners = list(_owners(report, lines - len(tail)))
    return "".join(_cut(line, WIDTH) + "\n" for line in head + models + owners + tail)


def as_failures(checks: Sequence[Check]) -> str:
    """Every failed check, with the advice that was not given yet; "" if none failed."""
    texts: list[str] = []
    given: set[str] = set()
    for check in checks:
        if check.ok:
            continue
        texts.append(in_lines(printable(check.message), f"tinyml: {printable(check.name, _CHECK)}: ", "  "))
        texts += [in_lines(printable(advice), "  - ", "    ") for advice in check.advice if advice not in given]
        given.update(check.advice)
    return "".join(text + "\n" for text in texts)


def _notes(report: Report, room: int) -> tuple[Sequence[str], int]:
    """The lines of the notes that have room whole, the first in any case, and how many are left out."""
    lines: list[str] = []
    left_out = 0
    for note in report.notes():
        wrapped = _wrap("note: ", note)
        if len(lines) + len(wrapped) <= (room - _OWNERS if lines else room):
            lines += wrapped
        else:
            left_out += 1
    return lines, left_out


def _title(report: Report) -> str:
    names = [name for name in (report.environment, report.board and f"board {report.board}") if name]
    stage = {"preflight": "before linking, at least", "link": "the link failed"}.get(report.stage, "")
    return printable(", ".join(["tinyml", *names, *filter(None, [stage])]))


def _totals(report: Report) -> Iterator[str]:
    memories = _cut(printable(report.footprint.memory.origin), 33)
    yield f"{memories:<35}{'used':>12}{'limit':>12}{'budget':>12}"
    for kind in ("flash", "ram"):
        limit, budget = getattr(report.limits, kind), report.budgets.allowed(kind)
        # A limit is of the main memory; what lies beside it has a limit of its own, and a note.
        used = report.footprint.main(kind) if limit else getattr(report.footprint, kind)
        of = limit or budget
        bar = _bar(used, of) if of else ""
        percent = f"{100 * used / of:.1f}%" if of else ""
        failed = any(_is_about(check, kind) and not check.ok for check in report.checks)
        over = "  OVER" if failed else ""
        yield f"{kind:<6}{bar:<{_BAR + 2}}{percent:>7}{used:>12,}{_number(limit):>12}{_number(budget):>12}{over}"


def _is_about(check: Check, kind: str) -> bool:
    return check.name == f"{kind}_budget" or check.name.partition(":")[0] == f"{kind}_limit"


def _models(report: Report) -> Iterator[str]:
    if not report.manifests:
        return
    yield f"{'model':<20}{'runtime':<10}{'operators':>9}{'weights':>11}{'arena':>10}{'no reuse':>10}  method"
    unused = report.unused()
    for model in report.manifests[:_MODELS]:
        arena = model.arena
        # An interpreter's arena holds more than tensors: beside it that figure says nothing.
        without_reuse = _number(arena.lower_bound if model.runtime == "compiled" else None)
        yield (
            f"{_cut(model.name, 19):<20}{model.runtime:<10}{model.operators:>9}{model.weights:>11,}"
            f"{_number(arena.size if arena.method else None):>10}{without_reuse:>10}  "
            + ("not used" if model.name in unused else arena.method or "none yet")
        )
    if len(report.manifests) > _MODELS:
        yield f"and {len(report.manifests) - _MODELS} more models"
    fresh = {row.measured.name: row.measured for row in report.devices if not row.stale}
    yield from (profile_line(profile, fresh.get(profile.name)) for profile in report.profiles[:_MODELS])
    called = [model for model in report.manifests if model.name not in unused]
    if lost := [model.name for model in called if not (model.arena.keeps_input or model.input_rows)]:
        yield f"fill the inputs before each invoke, which overwrites them: {printable(', '.join(lost))}"


def profile_line(profile: Profile, device: DeviceModel | None = None) -> str:
    """Counted, or an estimate; times are estimates, but those of a device."""
    time = latency(profile.latency_us) if profile.latency_us else ""
    if profile.method == EMULATED:
        parts = [f"{instructions(profile.instructions_bound)} instructions counted", time and f"about {time}"]
    else:
        parts = [f"estimate of {instructions(profile.instructions_bound)} instructions", time]
    if device and device.latency_us:
        parts[1] = f"{shown_time(math.ceil(device.latency_us[1]))} on the device"
    stack = f"stack {profile.stack.deepest():,}" if profile.stack else ""
    return f"{printable(profile.name, _NAME)}: " + ", ".join(filter(None, [*parts, stack]))


def _owners(report: Report, lines: int) -> Iterator[str]:
    rows = report.footprint.owners()
    if lines < 2:
        return
    yield f"{'owner':<35}{'flash':>12}{'ram':>12}"
    shown = rows if len(rows) < lines else _weightiest(report.footprint, lines - 2)
    for row in shown:
        yield f"{_cut(row.owner, 34):<35}{row.flash:>12,}{row.ram:>12,}"
    rest = [row for row in rows if row not in shown]
    if rest:
        name = f"{len(rest)} more"
        yield f"{name:<35}{sum(row.flash for row in rest):>12,}{sum(row.ram for row in rest):>12,}"


def _weightiest(footprint: Footprint, count: int) -> Sequence[OwnerSize]:
    """By their shares of either memory: RAM is the scarcer, and few bytes of it may be most of it."""
    flash, ram = max(footprint.flash, 1), max(footprint.ram, 1)
    rows = footprint.owners()
    return sorted(rows, key=lambda row: -max(row.flash / flash, row.ram / ram))[:count]


def _verdict(report: Report) -> str:
    failed = [printable(check.name, _CHECK) for check in report.checks if not check.ok]
    if failed:
        return f"FAILED: {', '.join(failed)}"
    if not report.checks:
        return "ok: nothing to check, no limit and no budget is known"
    return f"ok: {len(report.checks)} checks passed"


def _bar(used: int, of: int) -> str:
    filled = min(-(-used * _BAR // of), _BAR)
    return "[" + "#" * filled + "." * (_BAR - filled) + "]"


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "~"


def _wrap(prefix: str, text: str) -> Sequence[str]:
    return textwrap.wrap(printable(prefix + text), WIDTH, subsequent_indent="  ")
