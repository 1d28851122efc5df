"""What streams cost: instructions, by estimate, of a Cortex-M4; other cores' are to each other as its."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import TensorType
from ..program import KernelCall, Kind, Program, Stream

STEP = 200
"""Instructions of a step: the runtime's, and a kernel's before and behind its loops."""
MOST = 3
"""Percent of the model's instructions that streams may cost in any case, unless the application asks for rows."""
SAVED = 10
"""Percent of the bytes that have to be saved for each percent of the instructions where these are more than MOST."""

_MAC = 1.2
"""Instructions for each MAC of int8; about those of the zoo's networks, as all that follows."""
_OUTPUT: Mapping[Kind | None, float] = {
    Kind.WINDOW: 35,
    Kind.SPREAD: 60,
    Kind.LOOPS: 14,
    Kind.FLAT: 4,
    Kind.COPY: 2,
    Kind.FILL: 1,
    Kind.PICK: 2,
    Kind.RESIZE: 28,
    Kind.REDUCTION: 150,
    None: 20,
}
"""For each element of an output, beside the MACs, by how the kernel goes over rows."""
_INT16 = 2.5
"""Times as many as of int8."""
_FILLED, _MOVED = 1.75, 0.4
"""For each byte of padding, and of rows that move down in their window."""


def work_of(program: Program) -> float:
    """Instructions of one invoke where all tensors are held whole."""
    return sum(_work(program, call) for call in program.calls)


def _work(program: Program, call: KernelCall) -> float:
    outputs = [program.model.tensors[each] for each in call.outputs]
    of_output = _OUTPUT[call.sweep.kind if call.sweep else None]
    work = _MAC * call.macs + of_output * sum(each.elements for each in outputs)
    return work * (_INT16 if any(each.type is TensorType.INT16 for each in outputs) else 1)


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


def is_affordable(price: float, work: float, left: float) -> bool:
    """`price` and `work` are instructions of the streams and of the program; `left` is the share of its bytes that
    they leave."""
    return 100 * price <= max(MOST, (1 - left) * 100 / SAVED) * work
