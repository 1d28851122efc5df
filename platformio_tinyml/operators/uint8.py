"""uint8 throughout, as TensorFlow 1 quantized: inside it is int8, 128 less, of the same real values.

Constants are shifted when the model is lowered, inputs and outputs of the model by a call. Filters stay as they are:
what their zero points are is the kernels' affair (filters.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..model import Model, Operator, Quantization, Tensor, TensorType
from .rules import Instance
from .table import OPERATORS, support_of

_EXACT = """
    ADD ARG_MAX ARG_MIN AVERAGE_POOL_2D BATCH_TO_SPACE_ND BROADCAST_TO CONCATENATION CONV_2D DEPTHWISE_CONV_2D
    DEPTH_TO_SPACE DEQUANTIZE EXPAND_DIMS FILL FULLY_CONNECTED GATHER GATHER_ND HARD_SWISH LOGISTIC LOG_SOFTMAX MAXIMUM
    MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL PACK PAD PADV2 QUANTIZE REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE
    RESIZE_NEAREST_NEIGHBOR REVERSE_V2 SELECT_V2 SHAPE SLICE SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V
    SQUEEZE STRIDED_SLICE SUB SUM TANH TILE TRANSPOSE UNPACK
"""
EXACT = frozenset(_EXACT.split())
"""Operators whose int8 kernel gives, 128 less, the bytes of TensorFlow Lite's reference kernel of uint8."""

FILTERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
"""Operators whose second input is weights."""


@dataclass(frozen=True, slots=True)
class Shifted:
    """`model` computes in int8; `inputs` and `outputs` of the file's have a tensor of int8 each."""

    model: Model
    inputs: Mapping[int, int] = field(default_factory=dict)
    outputs: Mapping[int, int] = field(default_factory=dict)


def computes_in_uint8(model: Model, operator: Operator) -> bool:
    """Whether it wants int8 in the place of uint8: no mover of bytes, and no QUANTIZE of bytes, which takes both."""
    tensors = [model.tensors[index] for index in (*_data(operator), *operator.outputs) if index >= 0]
    if not any(_is_uint8(tensor) for tensor in tensors):
        return False
    if operator.opcode == "QUANTIZE" and any(tensor.type is TensorType.FLOAT32 for tensor in tensors):
        return True
    support = support_of(Instance(model, operator))
    return support is not None and bool(support.types) and "UINT8" not in support.types


def shifted(model: Model) -> Shifted:
    """The model itself where no operator computes in uint8. It has whole constants and known tensors."""
    if not any(computes_in_uint8(model, operator) for operator in model.operators if operator.kind in OPERATORS):
        return Shifted(model)
    weights = {operator.input(1) for operator in model.operators if operator.opcode in FILTERS}
    tensors = [
        _as_int8(tensor) if _is_uint8(tensor) and tensor.index not in weights else tensor for tensor in model.tensors
    ]

    def twins(indices: tuple[int, ...]) -> dict[int, int]:
        """Of what stays uint8 for the application, what operators know."""
        found = {}
        for index in indices:
            if _is_uint8(model.tensors[index]) and not model.tensors[index].is_constant:
                found[index] = len(tensors)
                tensors.append(replace(tensors[index], index=len(tensors)))
                tensors[index] = model.tensors[index]
        return found

    inputs = twins(model.inputs)
    outputs = twins(tuple(index for index in model.outputs if index not in inputs))
    known = {**inputs, **outputs}
    operators = tuple(
        replace(
            operator,
            inputs=tuple(known.get(index, index) for index in operator.inputs),
            outputs=tuple(known.get(index, index) for index in operator.outputs),
        )
        for operator in model.operators
    )
    return Shifted(replace(model, tensors=tuple(tensors), operators=operators), inputs, outputs)


def problem(instance: Instance) -> str | None:
    """What an operator of a shifted model has that would give other bytes than uint8."""
    if not any(tensor.is_shifted for tensor in (*instance.inputs, *_outputs(instance))):
        return None
    if instance.operator.kind not in EXACT:
        return f"{instance.operator.kind} of uint8"
    data = [instance.model.tensors[index] for index in _data(instance.operator) if index >= 0]
    bytes_ = [tensor for tensor in (*data, *_outputs(instance)) if tensor.type is TensorType.INT8]
    if instance.operator.kind != "QUANTIZE" and not all(tensor.is_shifted for tensor in bytes_):
        return "INT8 and UINT8"
    if instance.operator.kind == "RELU6" and instance.required(0).quantization != instance.output.quantization:
        return "RELU6 of uint8 to another scale or zero point"
    return None


def _data(operator: Operator) -> tuple[int, ...]:
    return (*operator.inputs[:1], *operator.inputs[2:]) if operator.opcode in FILTERS else operator.inputs


def _outputs(instance: Instance) -> tuple[Tensor, ...]:
    return tuple(instance.model.tensors[index] for index in instance.operator.outputs if index >= 0)


def _is_uint8(tensor: Tensor) -> bool:
    return tensor.type is TensorType.UINT8


def _as_int8(tensor: Tensor) -> Tensor:
    given = tensor.quantization
    return replace(
        tensor,
        type=TensorType.INT8,
        quantization=given and Quantization(given.scale, tuple(point - 128 for point in given.zero_point)),
        data=tensor.data and tensor.data.translate(bytes(byte ^ 128 for byte in range(256))),
        is_shifted=True,
    )
