"""Models of one operator of the signal library, as a `.tflite` file."""

from __future__ import annotations

import numpy as np
from flatbuffers import flexbuffers
from model_builder import Builder

from platformio_tinyml.model import TensorType

INT16, INT32, UINT32, UINT64, BOOL = (TensorType[name] for name in ("INT16", "INT32", "UINT32", "UINT64", "BOOL"))
Shape = tuple[int, ...]


def built(
    code: str,
    inputs: list[tuple[Shape, TensorType]],
    outputs: list[tuple[Shape, TensorType]],
    constants: list[np.ndarray],
    **options: int | bool,
) -> bytes:
    """Computed inputs, constants of int16, outputs."""
    builder = Builder()
    sources = [builder.tensor(f"input{n}", *each) for n, each in enumerate(inputs)]
    given = [builder.tensor(f"constant{n}", c.shape, INT16, data=c.astype(np.int16)) for n, c in enumerate(constants)]
    targets = [builder.tensor(f"output{n}", *each) for n, each in enumerate(outputs)]
    data = bytes(flexbuffers.Dumps(options))
    builder.operator("CUSTOM", [*sources, *given], targets, custom_code=code, custom_options=data)
    return builder.build(sources, targets)
