"""RESHAPE with a shape that is computed although the output's is known, and QUANTIZE that changes nothing."""

from __future__ import annotations

from dataclasses import replace

from ..model import Model, Operator, ReshapeOptions, TensorType
from .graph import listed, with_operators


def fix_shapes(model: Model, steps: list[str]) -> Model:
    """The shapes that RESHAPE reads are in its options, where they are as the file states them for the output."""
    changed = [_fixed(model, operator) for operator in model.operators if _is_computed(model, operator)]
    if not changed:
        return model
    steps.append(f"Shapes that are computed and known: of {listed(changed)}")
    return with_operators(model, changed)


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


def _is_computed(model: Model, operator: Operator) -> bool:
    if operator.opcode != "RESHAPE" or len(operator.inputs) != 2 or len(operator.outputs) != 1:
        return False
    if min(operator.inputs) < 0 or model.tensors[operator.inputs[1]].is_constant:
        return False
    source, output = model.tensors[operator.inputs[0]], model.tensors[operator.outputs[0]]
    is_fixed = not (source.is_dynamic or output.is_dynamic) and 0 not in source.shape
    return is_fixed and source.elements == output.elements


def _fixed(model: Model, operator: Operator) -> Operator:
    shape = model.tensors[operator.outputs[0]].shape
    return replace(operator, inputs=operator.inputs[:1], options=ReshapeOptions(shape))


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
