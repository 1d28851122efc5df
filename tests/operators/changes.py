"""Models with one thing changed."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

from platformio_tinyml.model import Model, Quantization, Tensor, TensorType


def ints(index: int, *values: int) -> Tensor:
    return Tensor(
        index, f"tensor{index}", (len(values),), TensorType.INT32, data=struct.pack(f"<{len(values)}i", *values)
    )


def tensor(index: int, **changes: object) -> Callable[[Model], Model]:
    """The model with a tensor changed."""

    def change(model: Model) -> Model:
        changed = replace(model.tensors[index], **changes)
        return replace(model, tensors=(*model.tensors[:index], changed, *model.tensors[index + 1 :]))

    return change


def constant_of(index: int, **changes: object) -> Callable[[Model], Model]:
    """The model with a constant made anew, its bytes as many as they should be."""
    return lambda model: tensor(index, **replace_data(replace(model.tensors[index], **changes)))(model)


def replace_data(changed: object) -> dict[str, object]:
    return {
        "shape": changed.shape,
        "type": changed.type,
        "quantization": changed.quantization,
        "data": b"\x01" * changed.size,
    }


def scales(index: int, *values: float, dimension: int = 0) -> Callable[[Model], Model]:
    return tensor(index, quantization=Quantization(values, (0,) * len(values), dimension))


def zero_points(index: int, *values: int) -> Callable[[Model], Model]:
    return tensor(index, quantization=Quantization((0.5,) * len(values), values))


def operator(**changes: object) -> Callable[[Model], Model]:
    return lambda model: replace(model, operators=(replace(model.operators[0], **changes),))


def options(**changes: object) -> Callable[[Model], Model]:
    return lambda model: operator(options=replace(model.operators[0].options, **changes))(model)


def model(**changes: object) -> Callable[[Model], Model]:
    return lambda whole: replace(whole, **changes)
