"""A file with other sizes in some of its shapes."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ..errors import ModelError
from .accessors import load_accessor
from .checked import Damaged, Meter, checked
from .reader import read_model

_SHAPE = 4
"""Where schema.fbs has `Tensor.shape` in the table."""


def resized(data: bytes, shapes: Mapping[int, tuple[int, ...]]) -> bytes:
    """`data`, a file that read_model takes, with these shapes of as many dimensions, by tensor of the first subgraph.

    Raises ModelError where it has no place for one, or tensors share one and not the shape.
    """
    changed, meter = bytearray(data), Meter(len(data))
    try:
        graph = checked(checked(load_accessor("Model").GetRootAs(data), meter).Subgraphs(0), meter)
        for index, shape in shapes.items():
            if not 0 <= index < graph.TensorsLength():
                raise _refused(f"no tensor {index}")
            table = checked(graph.Tensors(index), meter)
            if table.ShapeLength() != len(shape):
                raise _refused(f"tensor {index} has {table.ShapeLength()} dimensions, not {len(shape)}")
            struct.pack_into(f"<{len(shape)}i", changed, table._tab.Vector(table._tab.Offset(_SHAPE)), *shape)
    except (Damaged, struct.error) as damage:
        raise _refused(str(damage)) from None
    before, after = (read_model(bytes(each), "model").tensors for each in (data, changed))
    if any(new.shape != shapes.get(new.index, old.shape) for old, new in zip(before, after, strict=True)):
        raise _refused("tensors share a shape")
    return bytes(changed)


def _refused(what: str) -> ModelError:
    return ModelError(f"its shapes cannot be changed: {what}", "convert the model with a batch of 1")
