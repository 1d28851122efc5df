"""QUANTIZE that changes nothing."""

from __future__ import annotations

from dataclasses import replace

from ..model import Model, Operator, TensorType
from .graph import listed, with_operators


def without_identities(model: Model, steps: list[str]) -> Model:
    """Readers of a QUANTIZE to the same scale and zero point read what it reads."""
    source_of: dict[int, int] = {}
    gone, changed = [], []
    for operator in model.operators:
        inputs = tuple(source_of.get(index, index) for index in operator.inputs)
        new = operator if inputs == operator.inputs else replace(operator, inputs=inputs)
        if _is_identity(model, new):
            source_of[new.outputs[0]] = new.inputs[0]
            gone.append(new)
        elif new is not operator:
            changed.append(new)
    if not gone:
        return model
    steps.append(f"Without effect: {listed(gone)}")
    return with_operators(model, changed, {operator.index for operator in gone})


def _is_identity(model: Model, operator: Operator) -> bool:
    if operator.opcode != "QUANTIZE" or len(operator.inputs) != 1 or len(operator.outputs) != 1:
        return False
    source, output = model.tensors[operator.inputs[0]], model.tensors[operator.outputs[0]]
    return (
        source.type is output.type is TensorType.INT8
        and output.index not in model.outputs
        and not (source.is_constant or source.is_variable or output.is_variable)
        and source.shape == output.shape
        and source.quantization is not None
        and source.quantization == output.quantization
        and len(source.quantization.scale) == 1
    )
