"""A plan as text: steps downwards, the arena's bytes across, tensors as labelled blocks."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.naming import printable
from ..program import ArenaBuffer, ArenaPlan, Placement, Program

WIDTH = 80
"""Columns of a line at most."""

ROWS = 40
"""Lines for calls; a longer program shows the fullest call of each group."""

_LEFT = 26
"""Columns up to the blocks: call number, opcode, mark of the peak, frame."""

_COLUMNS = WIDTH - _LEFT - 1


def draw(program: Program, plan: ArenaPlan) -> str:
    """Lines of at most 80 columns of printable ASCII, ending in a newline.

    `[12---]` is tensor 12 in the first line that shows it, `[-----]` in later ones, `[s---]` scratch, `#` what is
    narrower than two columns; `=` are bytes that an output shares with an input. `>` marks the call, or the stream,
    with the most bytes live, whose buffers are listed below, with how many rows they hold where it is not all.
    """
    rows = _rows(program, plan)
    lines = [" " * _LEFT + f"0{plan.size:>{_COLUMNS - 1},}"]
    labelled: set[Placement] = set()
    for step in rows:
        live = _live(plan, step)
        mark = ">" if step == plan.peak else " "
        lines.append(
            f"{program.steps[step].start:>5} {_what(program, step):<17}{mark} |{_blocks(live, plan.size, labelled)}|"
        )
        labelled.update(live)
    if len(rows) < len(program.steps):
        lines.append(f"The fullest of each {_group(program)} calls.")
    lines += ["", *_peak_lines(program, plan)]
    return "\n".join(lines) + "\n"


def _group(program: Program) -> int:
    return max(-(-len(program.steps) // ROWS), 1)


def _rows(program: Program, plan: ArenaPlan) -> Sequence[int]:
    def fullness(step: int) -> tuple[bool, int]:
        return step == plan.peak, sum(place.buffer.size for place in _live(plan, step))

    steps, group = range(len(program.steps)), _group(program)
    return [max(steps[start : start + group], key=fullness) for start in steps[::group]]


def _what(program: Program, step: int) -> str:
    """The operator of a step, or which calls a stream makes."""
    calls = program.steps[step]
    return (
        f"rows of {calls.start}-{calls.stop - 1}"
        if len(calls) > 1
        else _cut(program.calls[calls.start].source.opcode, 17)
    )


def _blocks(live: Sequence[Placement], size: int, labelled: set[Placement]) -> str:
    """One line of blocks, the newest drawn last."""
    cells = [" "] * _COLUMNS

    def columns(start: int, end: int) -> range:
        first = min(start * _COLUMNS // size, _COLUMNS - 1)
        return range(first, max(end * _COLUMNS // size, first + 1))

    for place in sorted(live, key=lambda place: (place.buffer.first_used, -place.buffer.size)):
        if place.buffer.size:
            where = columns(place.offset, place.offset + place.buffer.size)
            label = "" if place in labelled else _label(place.buffer)
            cells[where.start : where.stop] = _block(label, len(where))
    for index, place in enumerate(live):
        for other in live[:index]:
            start = max(place.offset, other.offset)
            end = min(place.offset + place.buffer.size, other.offset + other.buffer.size)
            for column in columns(start, end) if start < end else ():
                cells[column] = "=" if cells[column] == "-" else cells[column]
    return "".join(cells)


def _block(label: str, width: int) -> str:
    if width == 1:
        return "#"
    return f"[{label if len(label) <= width - 2 else '':-<{width - 2}}]"


def _peak_lines(program: Program, plan: ArenaPlan) -> list[str]:
    live = sorted(_live(plan, plan.peak), key=lambda place: place.offset)
    where = f"call {program.steps[plan.peak].start} ({_what(program, plan.peak)})" if program.calls else "no calls"
    lines = [f"Live at the peak, {where}:", f"{'offset':>13}{'bytes':>13}{'calls':>12}  tensor"]
    for place in live:
        buffer = place.buffer
        begin, end = program.call_times(buffer.first_used, buffer.last_used)
        first, last = "in" if begin < 0 else str(begin), "out" if end == len(program.calls) else str(end)
        moving = program.moving_window(buffer.tensor)
        rows = f", {moving.rows} of {moving.height} rows" if moving else ""
        text = f"{_label(buffer)} {_cut(buffer.name, 34 - len(rows))}{rows}"
        lines.append(f"{place.offset:>13,}{buffer.size:>13,}{first + '..' + last:>12}  {text}")
    return lines


def _label(buffer: ArenaBuffer) -> str:
    return "s" if buffer.tensor is None else str(buffer.tensor)


def _live(plan: ArenaPlan, step: int) -> list[Placement]:
    return [place for place in plan.placements if place.buffer.first_used <= step <= place.buffer.last_used]


def _cut(text: str, width: int) -> str:
    """Printable ASCII of at most `width` columns; the end of a tensor's name says more than its beginning."""
    plain = printable(text).encode("ascii", "backslashreplace").decode("ascii")
    return plain if len(plain) <= width else ".." + plain[2 - width :]
