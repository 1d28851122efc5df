"""Weights of float16, as converters store them: float32 before anything reads them."""

from __future__ import annotations

import struct
from dataclasses import replace

from ..model import Model, Operator, TensorType


def is_widening(model: Model, operator: Operator) -> bool:
    """Whether it is a DEQUANTIZE of a constant of float16, to float32."""
    if operator.opcode != "DEQUANTIZE" or len(operator.inputs) != 1 or len(operator.outputs) != 1:
        return False
    source, output = (model.tensors[index] for index in (operator.inputs[0], operator.outputs[0]))
    return (
        source.type is TensorType.FLOAT16
        and output.type is TensorType.FLOAT32
        and source.data is not None
        and len(source.data) == source.size
        and source.shape == output.shape
        and output.index not in model.outputs
    )


def widened(model: Model) -> Model:
    """The model itself where nothing is of float16; else with those constants in float32, and without the operators."""
    gone = [operator for operator in model.operators if is_widening(model, operator)]
    if not gone:
        return model
    tensors = list(model.tensors)
    for operator in gone:
        data = model.tensors[operator.inputs[0]].data or b""
        values = struct.unpack(f"<{len(data) // 2}e", data)
        output = operator.outputs[0]
        tensors[output] = replace(tensors[output], data=struct.pack(f"<{len(values)}f", *values))
    numbers = {operator.index for operator in gone}
    kept = tuple(operator for operator in model.operators if operator.index not in numbers)
    return replace(model, tensors=tuple(tensors), operators=kept)
