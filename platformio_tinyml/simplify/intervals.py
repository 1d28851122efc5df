"""Bounds of every int8 tensor of a model that breaks no rule, operator by operator."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Model, Tensor, TensorType
from ..operators.interval import Interval, anything, of_constant
from ..operators.rules import Instance
from ..operators.table import support_of


def intervals(model: Model) -> Mapping[int, Interval]:
    """By tensor: the values that its channels can take. Of what operators compute, and of the model's inputs."""
    found = {index: anything(model.tensors[index]) for index in model.inputs if _is_int8(model.tensors[index])}

    def known(tensor: Tensor) -> Interval:
        return of_constant(tensor) if tensor.is_constant else found.get(tensor.index) or anything(tensor)

    for operator in model.operators:
        instance = Instance(model, operator)
        support = support_of(instance)
        for index in operator.outputs:
            output = model.tensors[index]
            if _is_int8(output):
                rule = support.interval if support else None
                found[index] = rule(instance, known) if rule else anything(output)
    return found


def _is_int8(tensor: Tensor) -> bool:
    return tensor.type is TensorType.INT8
