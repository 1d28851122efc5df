"""When TFLM's planner thinks that tensors and scratch are live, subgraphs included.

Source: tensorflow/lite/micro/micro_allocation_info.cc (MarkAllocationLifetimes). Time goes on by one for each operator,
and for each subgraph that an operator runs (IF: then, else; WHILE: condition, body; CALL_ONCE), whose operators follow.
What such an operator reads and writes is live until all of them are done. Time 0 is before the first operator.
"""

from __future__ import annotations

from ..errors import ModelError
from ..model import Model

_MAX_STEPS = 100_000
"""Operators that may be met: subgraphs that run others twice each make them as many as two to the depth."""

_MAX_DEPTH = 100
"""Subgraphs that may run each other one within the other: TFLM recurses too, on the device's stack."""

Key = tuple[int, int]
"""(subgraph, tensor) or (subgraph, operator)."""


class Lifetimes:
    """First and last time, both included, of what `model` uses; -1 stands for what nothing reaches."""

    def __init__(self, model: Model) -> None:
        """Raises ModelError (code no-bound) where subgraphs are run too often to be followed."""
        self._graphs = (model, *model.subgraphs)
        self._first: dict[Key, int] = {}
        self._last: dict[Key, int] = {}
        self._operators: dict[Key, tuple[int, int]] = {}
        self._now = 0
        self._mark(0, _MAX_DEPTH)

    def tensor(self, graph: int, index: int) -> tuple[int, int]:
        """Of a tensor."""
        return self._first.get((graph, index), -1), self._last.get((graph, index), -1)

    def scratch(self, graph: int, index: int) -> tuple[int, int]:
        """Of the scratch of an operator."""
        return self._operators.get((graph, index), (-1, -1))

    def _mark(self, graph: int, depth: int) -> None:
        if depth == 0:
            raise _no_bound(f"more than {_MAX_DEPTH} subgraphs run one within the other")
        model = self._graphs[graph]
        for index in model.inputs:
            self._use(graph, index, creates=True)
        for operator in model.operators:
            self._now += 1
            if self._now > _MAX_STEPS:
                raise _no_bound(f"subgraphs run each other more than {_MAX_STEPS:,} operators long")
            start = self._now
            for index in operator.outputs:
                self._first.setdefault((graph, index), start)
            for other in operator.runs:
                self._now += 1
                self._mark(other, depth - 1)
            for index in (*operator.inputs, *operator.outputs):
                self._use(graph, index, creates=False)
            first, _ = self._operators.get((graph, operator.index), (start, start))
            self._operators[graph, operator.index] = (first, self._now)
        for index in model.outputs:
            self._use(graph, index, creates=True)

    def _use(self, graph: int, index: int, *, creates: bool) -> None:
        if creates:
            self._first.setdefault((graph, index), self._now)
        self._last[graph, index] = self._now


def _no_bound(why: str) -> ModelError:
    return ModelError(f"no bound for the arena: {why}", "Give the arena's size by hand.", code="no-bound")
