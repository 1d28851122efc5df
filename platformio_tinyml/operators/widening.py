"""Weights that converters store smaller than anything computes with: float32 before anything reads them."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import replace

from ..model import Model, Operator, Tensor, TensorType

_HYBRID = ("BATCH_MATMUL", "EMBEDDING_LOOKUP", "SVDF", "TRANSPOSE_CONV", "UNIDIRECTIONAL_SEQUENCE_LSTM")
"""Operators on float32 whose kernels do not multiply weights of int8 with their scales; others do (f32/filters.py)."""
_LARGEST_SCALE = 1e36
"""255 of its steps are a float32."""


def is_widening(model: Model, operator: Operator) -> bool:
    """Whether it is a DEQUANTIZE of a constant, to float32."""
    if operator.opcode != "DEQUANTIZE" or len(operator.inputs) != 1 or len(operator.outputs) != 1:
        return False
    if min(operator.inputs[0], operator.outputs[0]) < 0:
        return False
    source, output = (model.tensors[index] for index in (operator.inputs[0], operator.outputs[0]))
    is_plain = output.type is TensorType.FLOAT32 and source.shape == output.shape and output.index not in model.outputs
    return is_plain and _can_widen(source)


def widened(model: Model) -> Model:
    """With such constants in float32, without those operators; the model itself where there are none."""
    tensors, twins = list(model.tensors), dict[int, int]()
    kept = []
    for operator in model.operators:
        if is_widening(model, operator):
            output = tensors[operator.outputs[0]]
            tensors[output.index] = replace(output, data=_as_float(model.tensors[operator.inputs[0]]))
            continue
        for index in _hybrid_weights(model, operator):
            if index not in twins:
                twins[index] = len(tensors)
                source = model.tensors[index]
                data = _as_float(source)
                twin = replace(source, index=len(tensors), type=TensorType.FLOAT32, quantization=None, data=data)
                tensors.append(twin)
        inputs = tuple(
            twins[index] if index in _hybrid_weights(model, operator) else index for index in operator.inputs
        )
        kept.append(operator if inputs == operator.inputs else replace(operator, inputs=inputs))
    if len(kept) == len(model.operators) and not twins:
        return model
    return replace(model, tensors=tuple(tensors), operators=tuple(kept))


def _hybrid_weights(model: Model, operator: Operator) -> tuple[int, ...]:
    outputs = [model.tensors[index].type for index in operator.outputs if index >= 0]
    if operator.opcode not in _HYBRID or set(outputs) != {TensorType.FLOAT32}:
        return ()
    given = (index for index in operator.inputs if index >= 0)
    return tuple(i for i in given if model.tensors[i].type is TensorType.INT8 and _can_widen(model.tensors[i]))


def _can_widen(tensor: Tensor) -> bool:
    """Whether it is a whole constant of float16, or of int8 with a scale, or one for each slice of a dimension."""
    if tensor.data is None or tensor.is_dynamic or len(tensor.data) != tensor.size:
        return False
    if tensor.type is TensorType.FLOAT16:
        return True
    given = tensor.quantization
    if tensor.type is not TensorType.INT8 or given is None:
        return False
    if not all(abs(scale) <= _LARGEST_SCALE for scale in given.scale):
        return False
    if len(given.scale) == 1:
        return len(given.zero_point) == 1
    place = given.quantized_dimension
    fits = 0 <= place < len(tensor.shape) and len(given.scale) == tensor.shape[place]
    return fits and len(given.zero_point) in (1, len(given.scale))


def _as_float(tensor: Tensor) -> bytes:
    values = list(_values(tensor))
    return struct.pack(f"<{len(values)}f", *values)


def _values(tensor: Tensor) -> Iterator[float]:
    data, given = tensor.data or b"", tensor.quantization
    if tensor.type is TensorType.FLOAT16 or given is None:
        yield from struct.unpack(f"<{len(data) // 2}e", data)
        return
    count, points = len(given.scale), given.zero_point
    below = math.prod(tensor.shape[given.quantized_dimension + 1 :]) if count > 1 else 1
    for place, value in enumerate(memoryview(data).cast("b")):
        channel = place // below % count
        yield given.scale[channel] * (value - points[channel % len(points)])
