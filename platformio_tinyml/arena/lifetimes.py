"""Program -> ArenaBuffers: who needs memory, how much, from which step to which."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Tensor
from ..program import BUFFER_ALIGNMENT, SCRATCH_ALIGNMENT, ArenaBuffer, Program, TensorRef


def arena_buffers(program: Program, *, keep_input: bool = False) -> tuple[ArenaBuffer, ...]:
    """One buffer per tensor that owns memory, and one per scratch, in order of first use.

    Views are merged into the tensor that owns their bytes. Model inputs live from -1, model outputs until
    len(steps), variables always, and with `keep_input` so do the inputs. Constants and states are not in the arena. The
    calls of a stream take turns with one scratch.
    """
    tensors = program.model.tensors
    always = (-1, len(program.steps))
    times: dict[int, list[int]] = {}
    alignments: dict[int, int] = {}
    elsewhere = {state.tensor for state in program.states}
    for tensor, time in _uses(program, keep_input):
        owner, _ = program.storage(tensor)
        if not tensors[owner].is_constant and owner not in elsewhere:
            times.setdefault(owner, list(always) if tensors[owner].is_variable else []).append(time)
            alignments[owner] = max(alignments.get(owner, BUFFER_ALIGNMENT), _element_size(tensors[tensor]))
    buffers = [
        ArenaBuffer(tensors[owner].name, program.buffer_size(owner), alignments[owner], min(used), max(used), owner)
        for owner, used in times.items()
    ]
    buffers += [
        ArenaBuffer(f"scratch of call {step.start}", program.scratch_size(index), SCRATCH_ALIGNMENT, index, index)
        for index, step in enumerate(program.steps)
        if program.scratch_size(index)
    ]
    return tuple(sorted(buffers, key=lambda buffer: (buffer.first_used, buffer.last_used)))


def _uses(program: Program, keep_input: bool) -> Iterator[tuple[int, int]]:
    """(tensor, time) of every write and read, also by the application before and after invoke."""
    end = len(program.steps)
    for tensor in program.model.inputs if program.holds_input else ():
        yield tensor, -1
        if keep_input:
            yield tensor, end
    for index, call in enumerate(program.calls):
        read = (operand.tensor for operand in call.inputs if isinstance(operand, TensorRef))
        for tensor in (*read, *call.outputs):
            yield tensor, program.step_of(index)
    for tensor in program.model.outputs if program.holds_output else ():
        yield tensor, end


def _element_size(tensor: Tensor) -> int:
    return (tensor.type.bits + 7) // 8
