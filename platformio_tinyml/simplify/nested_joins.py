"""CONCATENATION of what CONCATENATIONs make, as a converter leaves it for an interpreter that joins few at a time."""

from __future__ import annotations

from dataclasses import replace

from ..model import Activation, ConcatenationOptions, Model, Operator
from .graph import listed, readers, with_operators


def without_nested_joins(model: Model, steps: list[str]) -> Model:
    """What is joined only to be joined along the same axis is joined once."""
    read, makers = readers(model), {operator.outputs[0]: operator for operator in model.operators if operator.outputs}
    changed: dict[int, Operator] = {}
    gone: list[Operator] = []
    for outer in model.operators:
        inputs: list[int] = []
        for index in outer.inputs:
            inner = makers.get(index)
            if inner is not None and len(read[index]) == 1 and _is_part(model, inner, outer):
                inputs += changed.pop(inner.index, inner).inputs
                gone.append(inner)
            else:
                inputs.append(index)
        if len(inputs) > len(outer.inputs):
            changed[outer.index] = replace(outer, inputs=tuple(inputs))
    if not gone:
        return model
    steps.append(f"Joined at once with what reads it: {listed(gone)}")
    return with_operators(model, changed.values(), {operator.index for operator in gone})


def _is_part(model: Model, inner: Operator, outer: Operator) -> bool:
    axes = _axis(model, inner), _axis(model, outer)
    if axes[0] is None or axes[0] != axes[1] or inner.outputs[0] in model.outputs:
        return False
    made, whole = (model.tensors[operator.outputs[0]] for operator in (inner, outer))
    return made.type is whole.type and made.quantization == whole.quantization


def _axis(model: Model, operator: Operator) -> int | None:
    """Counted from the first dimension; None of other operators, where there is none, and where bounds are set too."""
    if operator.opcode != "CONCATENATION" or len(operator.outputs) != 1 or len(operator.inputs) < 1:
        return None
    rank, options = len(model.tensors[operator.outputs[0]].shape), operator.options
    if not isinstance(options, ConcatenationOptions) or not -rank <= options.axis < rank:
        return None
    if options.activation is not Activation.NONE:
        return None
    return options.axis % rank
