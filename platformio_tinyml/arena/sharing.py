"""Which buffers may share bytes although both are live: a call's dying input and its output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from ..program import ArenaBuffer, Overlap, Program, TensorRef


@dataclass(frozen=True, slots=True)
class Sharing:
    """Two buffers, by position, may share bytes if offset(input) - offset(output) is at least `distance`.

    `overlaps` are the program's reasons.
    """

    input: int
    output: int
    distance: int
    overlaps: tuple[Overlap, ...] = ()


def allowed_sharings(program: Program, buffers: Sequence[ArenaBuffer]) -> tuple[Sharing, ...]:
    """Program.overlaps in terms of buffers, where the input's last use and the output's first are that call.

    A buffer may hold several operands of the call (views): all must be allowed, and the strictest counts. What
    outlives the call never qualifies: a tensor with a later reader, a variable, a model output, a kept input.
    """
    positions = {buffer.tensor: index for index, buffer in enumerate(buffers) if buffer.tensor is not None}
    by_call: dict[int, list[Overlap]] = {}
    for overlap in program.overlaps:
        by_call.setdefault(program.step_of(overlap.call), []).append(overlap)
    return tuple(
        sharing
        for call in sorted(by_call)
        for sharing in _sharings_of_call(program, call, by_call[call], positions)
        if buffers[sharing.input].last_used == call == buffers[sharing.output].first_used
        and sharing.distance < buffers[sharing.output].size
    )


def _sharings_of_call(
    program: Program, call: int, overlaps: Sequence[Overlap], positions: dict[int, int]
) -> Iterator[Sharing]:
    calls = [program.calls[each] for each in program.steps[call]]
    inputs = {operand.tensor for each in calls for operand in each.inputs if isinstance(operand, TensorRef)}
    outputs = {tensor for each in calls for tensor in each.outputs}
    if len(calls) > 1:  # a stream's overlaps are of what owns memory
        inputs, outputs = ({program.storage(tensor)[0] for tensor in group} for group in (inputs, outputs))
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for source, target in product(sorted(inputs - outputs), sorted(outputs)):
        pairs.setdefault((program.storage(source)[0], program.storage(target)[0]), []).append((source, target))
    for (dying, born), operands in pairs.items():
        reasons = tuple(overlap for overlap in overlaps if (overlap.input, overlap.output) in operands)
        allowed = {(overlap.input, overlap.output) for overlap in reasons}
        if dying in positions and dying != born and allowed == set(operands):
            distance = max(_buffer_distance(program, overlap) for overlap in reasons)
            yield Sharing(positions[dying], positions[born], distance, reasons)


def _buffer_distance(program: Program, overlap: Overlap) -> int:
    """`min_distance` between the buffers that hold the two tensors."""
    return overlap.min_distance - program.storage(overlap.input)[1] + program.storage(overlap.output)[1]
