"""Bytes in use at the calls of a program, however they are placed: as the planner counts at its best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate

from ..program import Program, TensorRef


class Usage:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._born, self._dies = _lifetimes(program)
        self._sizes = {tensor: program.model.tensors[tensor].size for tensor in self._born}
        self._born_until = self._bytes_until(self._born)
        self._dead_until = self._bytes_until(self._dies)
        self.alone = [self.whole(call, call) - self._shared(call) for call in range(len(program.calls))]
        """Bytes in use at each call that is in no stream."""

    def beside(self, first: int, last: int, tensors: Iterable[int]) -> int:
        """Bytes in use while calls `first` to `last` run as a stream that has windows of these tensors, without them.

        A tensor that lives on, or that nothing in the stream touches, is there whole; so is the largest scratch.
        """
        return self.whole(first, last) - self.of(tensors)

    def of(self, tensors: Iterable[int]) -> int:
        """Bytes of those that lie in the arena, whole."""
        return sum(self._sizes.get(tensor, 0) for tensor in tensors)

    def whole(self, first: int, last: int) -> int:
        """Bytes of the tensors that live at these calls, all of them whole, and of the largest scratch."""
        scratch = max(call.scratch_size for call in self._program.calls[first : last + 1])
        return self._born_until[last + 1] - self._dead_until[first] + scratch

    def _bytes_until(self, times: Mapping[int, int]) -> list[int]:
        """Of the tensors with these times the bytes of those before each call."""
        sums = [0] * (len(self._program.calls) + 3)
        for tensor, time in times.items():
            sums[time + 2] += self._sizes[tensor]
        return list(accumulate(sums))[1:]

    def _shared(self, call: int) -> int:
        """Bytes that a call's output may share with its dying inputs."""
        tensors = self._program.model.tensors
        overlaps = self._program.overlaps_of.get(call, ())
        usable = [o for o in overlaps if self._dies[self._program.storage(o.input)[0]] == call]
        saved = (
            min(tensors[o.output].size - max(o.min_distance, 0), tensors[o.input].size, tensors[o.output].size)
            for o in usable
        )
        return max(saved, default=0)


def _lifetimes(program: Program) -> tuple[dict[int, int], dict[int, int]]:
    """The call that makes each tensor that owns memory in the arena (-1: the application), and its last reader."""
    born: dict[int, int] = {}
    dies: dict[int, int] = {}
    states = {state.tensor for state in program.states}

    def note(tensor: int, time: int) -> None:
        owner, _ = program.storage(tensor)
        if owner not in states and not program.model.tensors[owner].is_constant:
            born.setdefault(owner, -1 if program.model.tensors[owner].is_variable else time)
            dies[owner] = time

    for tensor in program.model.inputs:
        note(tensor, -1)
    for position, call in enumerate(program.calls):
        for operand in call.inputs:
            if isinstance(operand, TensorRef):
                note(operand.tensor, position)
        for tensor in call.outputs:
            note(tensor, position)
    for tensor in (*program.model.outputs, *(t for t in born if program.model.tensors[t].is_variable)):
        note(tensor, len(program.calls))
    return born, dies
