"""Outputs of a model that are constants, as where a converter folds what leads to one: copied in each invoke."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..model import Model, Operator, Tensor
from .copying import lower_known
from .lowering import Lowered
from .rules import Instance


def with_known_outputs(model: Model) -> tuple[Model, tuple[Tensor, ...]]:
    """The model with such outputs as activations, which nobody writes, and the constants that they hold."""
    known = [model.tensors[index] for index in dict.fromkeys(model.outputs) if model.tensors[index].is_constant]
    if not known or not model.operators:
        return model, ()
    tensors, twins = list(model.tensors), dict[int, int]()
    for tensor in known:  # operators go on reading a constant
        twins[tensor.index] = len(tensors)
        tensors.append(replace(tensor, index=len(tensors)))
        tensors[tensor.index] = replace(tensor, data=None)
    operators = tuple(
        replace(operator, inputs=tuple(twins.get(index, index) for index in operator.inputs))
        for operator in model.operators
    )
    return replace(model, tensors=tuple(tensors), operators=operators), tuple(known)


def written(model: Model, known: Sequence[Tensor]) -> Iterator[Lowered]:
    """A call for each, behind the last operator."""
    last: Operator = model.operators[-1]
    for tensor in known:
        operator = replace(last, inputs=(), outputs=(tensor.index,))
        yield lower_known(Instance(model, operator), tensor.data or b"", f"output{tensor.index}")
