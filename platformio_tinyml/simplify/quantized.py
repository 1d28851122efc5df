"""QUANTIZE of constants, as converters leave it where two operators want other scales of one."""

from __future__ import annotations

from dataclasses import replace

from ..model import Model
from ..operators.quantize import of_constant
from ..operators.rules import Instance
from .graph import listed, with_operators, with_tensors


def fold_quantized(model: Model, steps: list[str]) -> Model:
    """What TFLM computes of them in each invoke is a constant."""
    tensors, gone = {}, []
    for operator in model.operators:
        if operator.opcode != "QUANTIZE" or len(operator.inputs) != 1 or len(operator.outputs) != 1:
            continue
        if min(*operator.inputs, *operator.outputs) < 0:
            continue
        data = of_constant(Instance(model, operator))
        if data is not None:
            output = operator.outputs[0]
            tensors[output] = replace(model.tensors[output], data=data)
            gone.append(operator)
    if not gone:
        return model
    steps.append(f"Quantized before the first invoke: {listed(gone)}")
    return with_operators(with_tensors(model, tensors.values()), (), {operator.index for operator in gone})
