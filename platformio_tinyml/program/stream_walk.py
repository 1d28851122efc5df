"""The steps of a stream as the runtime makes them (runtime/src/tinyml_stream_next.c), with where their rows go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .stream import Reading, Stage, Stream, Window


@dataclass(frozen=True, slots=True)
class Step:
    """`stage` goes on from `row`, `rows` of them: those that it makes, or, `is_padding`, what follows below them."""

    stage: int
    row: int
    rows: int
    is_padding: bool


def steps(windows: Sequence[Window], stages: Sequence[Stage], asks_makers: bool) -> Iterator[Step]:
    """In order, as Stream says. How many rows a window holds makes no difference."""
    made = [0] * len(stages)

    def lacks(reading: Reading, end: int) -> bool:
        return reading.stage >= 0 and windows[reading.window].top + made[reading.stage] < end

    at = len(stages) - 1
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
        at = stage.then


@dataclass(frozen=True, slots=True)
class Made:
    """`stage` made rows from `row` on, `rows` of them; they lie in its window from place `place` on."""

    stage: int
    row: int
    rows: int
    place: int


def walk(stream: Stream) -> Iterator[Made]:
    """What the stages make, in order. Padding is made too, and not told."""
    heads = [0] * len(stream.windows)
    for step in steps(stream.windows, stream.stages, stream.asks_makers):
        stage = stream.stages[step.stage]
        window = stream.windows[stage.output]
        if not stage.in_place:
            over = window.top + step.row + step.rows - heads[stage.output] - window.rows
            heads[stage.output] += max(over, window.shift) if over > 0 else 0
        if not step.is_padding:
            yield Made(step.stage, step.row, step.rows, window.top + step.row - heads[stage.output])
