"""What the steps of a stream make, with where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .stream import Stream


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
    made = [0] * len(stream.stages)
    for number in stream.order:
        stage, row = stream.stages[number], made[number]
        window = stream.windows[stage.output]
        is_padding = row >= stage.height
        rows = window.bottom if is_padding else stage.step(row)
        made[number] += rows
        if not stage.in_place:
            over = window.top + row + rows - heads[stage.output] - window.rows
            heads[stage.output] += max(over, window.shift) if over > 0 else 0
        if not is_padding:
            yield Made(number, row, rows, window.top + row - heads[stage.output])
