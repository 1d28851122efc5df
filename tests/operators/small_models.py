"""Models made of the types themselves, without a file: what rules and lowering see."""

from __future__ import annotations

from collections.abc import Sequence

from platformio_tinyml.model import Model, Operator, Options, Quantization, Tensor, TensorType


def activation(
    index: int,
    shape: Sequence[int],
    *,
    scale: float = 0.5,
    zero_point: int = 0,
    type: TensorType = TensorType.INT8,
    name: str | None = None,
) -> Tensor:
    """A computed tensor, quantized unless it is a float."""
    quantization = None if type is TensorType.FLOAT32 else Quantization((scale,), (zero_point,))
    return Tensor(index, f"tensor{index}" if name is None else name, tuple(shape), type, quantization)


def constant(
    index: int,
    shape: Sequence[int],
    *,
    type: TensorType = TensorType.INT8,
    scales: Sequence[float] = (0.25,),
    dimension: int = 0,
    byte: int = 1,
) -> Tensor:
    """A constant, every byte of it the same."""
    quantization = Quantization(tuple(scales), (0,) * len(scales), dimension)
    tensor = Tensor(index, f"constant{index}", tuple(shape), type, quantization, b"")
    return Tensor(index, tensor.name, tensor.shape, type, quantization, bytes([byte]) * tensor.size)


def one_operator(
    opcode: str, tensors: Sequence[Tensor], options: Options | None = None, inputs: Sequence[int] | None = None
) -> Model:
    """All tensors but the last are inputs of the operator; those that are not constant are inputs of the model."""
    given = tuple(tensor.index for tensor in tensors[:-1]) if inputs is None else tuple(inputs)
    output = tensors[-1].index
    computed = tuple(dict.fromkeys(i for i in given if i >= 0 and not tensors[i].is_constant))
    operator = Operator(0, opcode, 1, given, (output,), options)
    return Model("model", "", tuple(tensors), (operator,), computed, (output,))
