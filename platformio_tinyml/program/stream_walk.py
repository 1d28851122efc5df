"""The steps of a stream as the runtime makes them (runtime/src/tinyml_stream_next.c), with where their rows go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .stream import Reading, Stream


@dataclass(frozen=True, slots=True)
class Made:
    """`stage` made rows from `row` on, `rows` of them; they lie in its window from place `place` on."""

    stage: int
    row: int
    rows: int
    place: int


def walk(stream: Stream) -> Iterator[Made]:
    """What the stages make, in order; of those that can run the last does. Padding is made too, and not told."""
    made = [0] * len(stream.stages)
    heads = [0] * len(stream.windows)

    def is_there(reading: Reading, end: int) -> bool:
        window = stream.windows[reading.window]
        return reading.stage < 0 or window.top + made[reading.stage] >= end

    at = len(stream.stages) - 1
    while at >= 0:
        number, stage = at, stream.stages[at]
        window, row = stream.windows[stage.output], made[at]
        rows = stage.step(row)
        if rows > 0:
            ready = all(is_there(reading, reading.end(row, rows)) for reading in stage.readings)
        else:
            rows = stage.height + window.bottom - row
            own = [reading for reading in stage.readings if stage.in_place and reading.window == stage.output]
            ready = rows > 0 and all(is_there(reading, window.total) for reading in own)
        if not ready:
            at -= 1
            continue
        if not stage.in_place:
            over = window.top + row + rows - heads[stage.output] - window.rows
            heads[stage.output] += max(over, window.shift) if over > 0 else 0
        made[at] += rows
        at = stage.then
        if row < stage.height:
            yield Made(number, row, rows, window.top + row - heads[stage.output])
