"""What streams cost: instructions, by estimate, of a Cortex-M4; other cores' are to each other as its."""

from __future__ import annotations

from collections.abc import Sequence

from ..program import Program, Stream

STEP = 200
"""Instructions of a step: the runtime's, and a kernel's before and behind its loops."""
MOST = 3
"""Percent of the model's instructions that streams may cost, unless the application asks for rows."""

_MAC, _OUTPUT = 1.2, 21
"""Instructions for each MAC and each element of an output: about those of the zoo's networks."""
_FILLED, _MOVED = 1.75, 0.8
"""Instructions for each byte of padding, and of rows that move down in their window."""


def work_of(program: Program) -> float:
    """Instructions of one invoke where all tensors are held whole."""
    tensors = program.model.tensors
    return sum(
        _MAC * call.macs + _OUTPUT * sum(tensors[each].elements for each in call.outputs) for call in program.calls
    )


def price_of(stream: Stream) -> float:
    """Instructions of a stream beyond those of its calls made whole."""
    filled = sum((window.top + window.bottom) * window.row for window in stream.windows)
    return STEP * (len(stream.order) - len(stream.stages)) + _FILLED * filled + _MOVED * _moved(stream)


def _moved(stream: Stream) -> int:
    """Bytes that move down in their windows."""
    made, ends = [0] * len(stream.stages), [window.top for window in stream.windows]
    heads, moved = [0] * len(stream.windows), 0
    for number in stream.order:
        stage = stream.stages[number]
        window = stream.windows[stage.output]
        rows = stage.step(made[number]) if made[number] < stage.height else window.bottom
        made[number] += rows
        if not stage.in_place:
            kept = ends[stage.output]
            ends[stage.output] += rows
            over = ends[stage.output] - heads[stage.output] - window.rows
            if over > 0:
                heads[stage.output] += max(over, window.shift)
                moved += (kept - heads[stage.output]) * window.row
    return moved


def is_affordable(program: Program, streams: Sequence[Stream]) -> bool:
    return 100 * sum(map(price_of, streams)) <= MOST * work_of(program)
