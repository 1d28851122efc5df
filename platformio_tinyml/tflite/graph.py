"""What must hold between the tensors and operators of any subgraph, whatever the operators are."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Model
from .checked import Damaged


def check_graph(model: Model) -> None:
    """Raises Damaged unless the operators can run in their order.

    Every index names a tensor (-1, an omitted one, only among an operator's inputs); an operator reads what is
    constant, variable, an input of the model or written before (of a custom operator it may be scratch); nothing else
    is written, and that once.
    """
    if not model.operators:
        raise Damaged("it has no operators")
    if not model.outputs:
        raise Damaged("it has no outputs")
    for position, index in enumerate(model.inputs):
        where = f"input {position} of the model"
        _check_index(model, index, where)
        if model.tensors[index].is_constant:
            raise Damaged(f"{where} is a constant (tensor {index})")
    if len(set(model.inputs)) != len(model.inputs):
        raise Damaged("two inputs of the model are the same tensor")
    written = _run(model)
    for position, index in enumerate(model.outputs):
        where = f"output {position} of the model"
        _check_index(model, index, where)
        if not _has_value(model, index, written):
            raise Damaged(f"{where} (tensor {index}) is written by no operator")


def check_names(graph: Model) -> None:
    """Raises Damaged unless every index names a tensor, as in `check_graph`: of a subgraph that an operator runs."""
    for index in (*graph.inputs, *graph.outputs):
        _check_index(graph, index, "its list of inputs or outputs")
    for operator in graph.operators:
        for index in (*(each for each in operator.inputs if each != -1), *operator.outputs):
            _check_index(graph, index, f"operator {operator.index} ({operator.opcode})")


def check_calls(graphs: Sequence[Model]) -> None:
    """Raises Damaged unless operators run subgraphs of the file other than the first, and none by way of itself."""
    runs: dict[int, set[int]] = {}
    for number, graph in enumerate(graphs):
        runs[number] = {called for operator in graph.operators for called in operator.runs}
        for called in runs[number]:
            if not 0 < called < len(graphs):
                raise Damaged(f"an operator of subgraph {number} runs subgraph {called} of {len(graphs)}")
    while ends := [number for number, called in runs.items() if not called & runs.keys()]:
        for number in ends:
            del runs[number]
    if runs:
        raise Damaged(f"its subgraphs {', '.join(map(str, sorted(runs)))} run each other in a circle")


def _run(model: Model) -> set[int]:
    """The indices of all tensors that have been written when the last operator is done."""
    written = set(model.inputs)
    for operator in model.operators:
        where = f"operator {operator.index} ({operator.opcode})"
        for index in operator.inputs:
            if index == -1:
                continue
            _check_index(model, index, where)
            if not _has_value(model, index, written) and operator.opcode != "CUSTOM":
                raise Damaged(f"{where} reads tensor {index} before an operator has written it")
        for index in operator.outputs:
            _check_index(model, index, where)
            if model.tensors[index].is_constant:
                raise Damaged(f"{where} writes tensor {index}, a constant")
            if index in written:
                raise Damaged(f"{where} writes tensor {index}, which has a value already")
            written.add(index)
    return written


def _has_value(model: Model, index: int, written: set[int]) -> bool:
    tensor = model.tensors[index]
    return index in written or tensor.is_constant or tensor.is_variable or tensor.elements == 0


def _check_index(model: Model, index: int, where: str) -> None:
    if not 0 <= index < len(model.tensors):
        raise Damaged(f"{where} names tensor {index} of {len(model.tensors)}")
