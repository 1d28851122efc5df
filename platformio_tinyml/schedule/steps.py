"""The order in which the stages of a stream run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..program import APPLICATION, Reading, Stage, Window


@dataclass(frozen=True, slots=True)
class Step:
    """`stage` goes on from `row`, `rows` of them: those that it makes, or, `is_padding`, what follows below them."""

    stage: int
    row: int
    rows: int
    is_padding: bool


def steps(windows: Sequence[Window], stages: Sequence[Stage], then: Sequence[int], asks_makers: bool) -> Iterator[Step]:
    """After a step the last stage that reads its rows, `then` of the stage, is asked to go on: itself where
    none does. One that lacks rows passes the question on to the stage that makes them if `asks_makers`, else to the one
    before it. How many rows a window holds makes no difference.
    """
    made = [0] * len(stages)

    def lacks(reading: Reading, end: int) -> bool:
        return reading.stage >= 0 and windows[reading.window].top + made[reading.stage] < end

    # A row that is handed in has a place to go to before any of the output, which padding alone may make, is there.
    at = 0 if stages[0].call == stages[-1].call == APPLICATION else len(stages) - 1
    while at >= 0:
        stage, row = stages[at], made[at]
        window = windows[stage.output]
        rows = stage.step(row)
        is_padding = rows <= 0
        if is_padding:
            rows = stage.height + window.bottom - row
            own = [reading for reading in stage.readings if stage.in_place and reading.window == stage.output]
            wanted = next((reading for reading in own if lacks(reading, window.total)), None)
        else:
            wanted = next((reading for reading in stage.readings if lacks(reading, reading.end(row, rows))), None)
        if rows <= 0 or wanted:
            at = wanted.stage if asks_makers and rows > 0 and wanted else at - 1
            continue
        yield Step(at, row, rows, is_padding)
        made[at] += rows
        at = then[at]
