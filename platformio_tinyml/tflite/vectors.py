"""Where in the bytes of a `.tflite` file the vectors lie that TFLM uses in place, by their addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ModelError
from .accessors import load_accessor
from .checked import Damaged, Meter, checked, checked_items

_SHAPE, _INPUTS, _OUTPUTS = 4, 6, 8
"""Of a Tensor, of an Operator, of an Operator: places in the vtable (schema.fbs)."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Byte offsets of vectors, whose lengths stand first: (inputs, outputs) per operator, shape per tensor.

    None where the file leaves one out. Of the first subgraph.
    """

    operators: tuple[tuple[int | None, int | None], ...]
    shapes: tuple[int | None, ...]


def find_vectors(data: bytes) -> Vectors:
    """`data` is one that read_model takes, else ModelError."""
    try:
        meter = Meter(len(data))
        file = checked(load_accessor("Model").GetRootAs(data), meter)
        if file.SubgraphsLength() == 0:
            raise Damaged("it has no subgraph")
        graph = checked(file.Subgraphs(0), meter)
        operators = checked_items(graph.OperatorsLength(), graph.Operators, meter)
        tensors = checked_items(graph.TensorsLength(), graph.Tensors, meter)
        return Vectors(
            tuple((_place(each, _INPUTS), _place(each, _OUTPUTS)) for each in operators),
            tuple(_place(each, _SHAPE) for each in tensors),
        )
    except Damaged as damage:
        raise ModelError(f"the model is damaged: {damage}", "Take the file that was built with.") from None


def _place(accessor: Any, field: int) -> int | None:
    table = accessor._tab
    offset = table.Offset(field)
    return table.Indirect(table.Pos + offset) if offset else None
