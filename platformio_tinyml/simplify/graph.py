"""Who reads a tensor, and a model without some of its operators."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from ..model import Model, Operator, Tensor, TensorType

_WITH_EFFECTS = frozenset(
    (
        *("ASSIGN_VARIABLE", "CALL", "CALL_ONCE", "CUSTOM", "IF", "MULTINOMIAL", "RANDOM_STANDARD_NORMAL"),
        *("RANDOM_UNIFORM", "READ_VARIABLE", "VAR_HANDLE", "WHILE"),
    )
)
"""Operators that do more than compute their outputs, or that nobody here knows."""

_UNKNOWN = "BUILTIN_"
"""What the reader calls operators that are newer than the schema it knows."""


def readers(model: Model) -> dict[int, list[Operator]]:
    """By tensor the operators that read it, as often as they do."""
    found: dict[int, list[Operator]] = {}
    for operator in model.operators:
        for index in operator.inputs:
            found.setdefault(index, []).append(operator)
    return found


def without_unread(model: Model, steps: list[str]) -> Model:
    """Without the operators whose outputs nobody reads."""
    read, kept, dropped = set(model.outputs), [], []
    for operator in reversed(model.operators):
        if is_pure(model, operator) and not read.intersection(operator.outputs):
            dropped.append(operator)
        else:
            read.update(operator.inputs)
            kept.append(operator)
    if not dropped or not kept:
        return model
    steps.append(f"Nobody reads {listed(reversed(dropped))}")
    return replace(model, operators=tuple(reversed(kept)))


def without_unrun(model: Model, steps: list[str]) -> Model:
    """Without the subgraphs, if no operator runs one: those of other signatures."""
    if not model.subgraphs or any(operator.runs for operator in model.operators):
        return model
    steps.append(f"Nobody runs the subgraphs behind the first, as those of other signatures: {len(model.subgraphs)}")
    return replace(model, subgraphs=())


def is_pure(model: Model, operator: Operator) -> bool:
    """Whether an operator computes its outputs and does nothing else."""
    tensors = [model.tensors[index] for index in (*operator.inputs, *operator.outputs) if index >= 0]
    known = operator.opcode not in _WITH_EFFECTS and not operator.opcode.startswith(_UNKNOWN)
    return bool(operator.outputs) and known and not any(map(_keeps_state, tensors))


def with_operators(model: Model, changed: Iterable[Operator], gone: Collection[int] = ()) -> Model:
    """With some operators changed and others gone, by their numbers."""
    new = {operator.index: operator for operator in changed}
    operators = (new.get(operator.index, operator) for operator in model.operators if operator.index not in gone)
    return replace(model, operators=tuple(operators))


def with_tensors(model: Model, changed: Iterable[Tensor]) -> Model:
    """With some tensors changed."""
    tensors = list(model.tensors)
    for tensor in changed:
        tensors[tensor.index] = tensor
    return replace(model, tensors=tuple(tensors))


def listed(operators: Iterable[Operator]) -> str:
    """`operators 3 SHAPE, 4 PACK`, shortened where they are many."""
    names = [f"{operator.index} {operator.opcode}" for operator in operators]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"operator{'s' if len(names) > 1 else ''} {', '.join(names[:_NAMED])}{more}"


_NAMED = 6


def _keeps_state(tensor: Tensor) -> bool:
    return tensor.is_variable or tensor.type in (TensorType.RESOURCE, TensorType.VARIANT)
