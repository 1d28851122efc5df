"""The activations as TFLM's memory planner sees them.

Source: tensorflow/lite/micro/micro_allocation_info.cc. One time per operator, no views, nothing shares bytes, every
size rounded up to 16. Scratch of kernels, which only the kernels know, is not among them.
"""

from __future__ import annotations

from itertools import accumulate

from ..model import Model
from ..program import ARENA_ALIGNMENT, ArenaBuffer


def activations(model: Model) -> tuple[ArenaBuffer, ...]:
    """One buffer per tensor that TFLM places, in order of first use; times as in ArenaBuffer.

    Constants, variables (allocated for good) and tensors without bytes are not placed.
    """
    end = len(model.operators)
    times: dict[int, list[int]] = {index: [-1] for index in model.inputs}
    for operator in model.operators:
        for index in (*operator.outputs, *operator.inputs):
            if index >= 0:
                times.setdefault(index, []).append(operator.index)
    for index in model.outputs:
        times.setdefault(index, []).append(end)
    buffers = []
    for index, used in times.items():
        tensor = model.tensors[index]
        if tensor.size and not tensor.is_constant and not tensor.is_variable:
            size = -(-tensor.size // ARENA_ALIGNMENT) * ARENA_ALIGNMENT
            buffers.append(ArenaBuffer(tensor.name, size, ARENA_ALIGNMENT, min(used), max(used), index))
    return tuple(sorted(buffers, key=lambda buffer: (buffer.first_used, buffer.last_used)))


def loads(model: Model) -> tuple[int, ...]:
    """Bytes of activations that are live together, per time from -1 on. An arena is no smaller than the largest."""
    change = [0] * (len(model.operators) + 3)
    for buffer in activations(model):
        change[buffer.first_used + 1] += buffer.size
        change[buffer.last_used + 2] -= buffer.size
    return tuple(accumulate(change[:-1]))
