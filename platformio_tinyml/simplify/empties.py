"""SPLIT_V into parts of which some are of no element, as the converter leaves it of Keras's GRU (reset_after=False)."""

from __future__ import annotations

import struct
from dataclasses import replace

from ..model import Model, Operator, TensorType
from .constants import values_of
from .graph import listed, readers, with_operators


def without_empties(model: Model, steps: list[str]) -> Model:
    """Nobody can read what has no element; the other parts are the same without it."""
    read, tensors, changed = readers(model), list(model.tensors), []
    for operator in model.operators:
        if operator.opcode != "SPLIT_V" or len(operator.inputs) != 3 or min(operator.inputs) < 0:
            continue
        if min(operator.outputs, default=-1) < 0:
            continue
        kept = [index for index in operator.outputs if _is_needed(model, index, read)]
        sizes = values_of(tensors[operator.inputs[1]])
        if len(kept) in (0, len(operator.outputs)) or sizes is None or len(sizes) != len(operator.outputs):
            continue
        parts = [size for size, index in zip(sizes, operator.outputs, strict=True) if index in kept]
        data = struct.pack(f"<{len(parts)}i", *parts)
        name = tensors[operator.inputs[1]].name
        given = replace(tensors[operator.inputs[1]], index=len(tensors), name=name, shape=(len(parts),), data=data)
        tensors.append(replace(given, type=TensorType.INT32))
        inputs = (operator.inputs[0], given.index, operator.inputs[2])
        changed.append(replace(operator, inputs=inputs, outputs=tuple(kept)))
    if not changed:
        return model
    steps.append(f"Without parts of no element: of {listed(changed)}")
    return with_operators(replace(model, tensors=tuple(tensors)), changed)


def _is_needed(model: Model, index: int, read: dict[int, list[Operator]]) -> bool:
    tensor = model.tensors[index]
    return 0 not in tensor.shape or tensor.is_dynamic or index in read or index in model.outputs
