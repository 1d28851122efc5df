"""The order in which the stages of a stream run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..program import APPLICATION, Stage, Window


class Step(NamedTuple):
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
    # A search asks for the steps of some hundred streams: what does not change from step to step is made before.
    tops = [window.top for window in windows]
    needs = [
        [(each.stage, tops[each.window], each.end) for each in stage.readings if each.stage >= 0] for stage in stages
    ]
    own = [
        [(each.stage, tops[each.window]) for each in stage.readings if each.stage >= 0 and each.window == stage.output]
        if stage.in_place
        else []
        for stage in stages
    ]
    # A row that is handed in has a place to go to before any of the output, which padding alone may make, is there.
    at = 0 if stages[0].call == stages[-1].call == APPLICATION else len(stages) - 1
    while at >= 0:
        stage, row = stages[at], made[at]
        rows = stage.step(row)
        is_padding = rows <= 0
        wanted = -1
        if is_padding:
            window = windows[stage.output]
            rows = stage.height + window.bottom - row
            total = window.total
            for maker, top in own[at]:
                if top + made[maker] < total:
                    wanted = maker
                    break
        else:
            for maker, top, end in needs[at]:
                if top + made[maker] < end(row, rows):
                    wanted = maker
                    break
        if rows <= 0 or wanted >= 0:
            at = wanted if asks_makers and rows > 0 and wanted >= 0 else at - 1
            continue
        yield Step(at, row, rows, is_padding)
        made[at] += rows
        at = then[at]
