"""The names that a signature gives to a model's inputs and outputs (SignatureDef in schema.fbs)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .checked import Meter, checked_items, text

Names = tuple[str, ...]


def read_names(file: Any, inputs: Sequence[int], outputs: Sequence[int], meter: Meter) -> tuple[Names, Names]:
    """A name for each input and each output of the first subgraph, "" where its first signature has none.

    `file` is the root table, `inputs` and `outputs` are tensor indices. Raises Damaged.
    """
    for signature in checked_items(file.SignatureDefsLength(), file.SignatureDefs, meter):
        if signature.SubgraphIndex() == 0:
            return (
                _names(signature.InputsLength(), signature.Inputs, inputs, meter),
                _names(signature.OutputsLength(), signature.Outputs, outputs, meter),
            )
    return ("",) * len(inputs), ("",) * len(outputs)


def _names(count: int, item: Callable[[int], Any], tensors: Sequence[int], meter: Meter) -> Names:
    """Two names of one tensor go to its first and second place among `tensors`."""
    found: dict[int, list[str]] = {}
    for entry in checked_items(count, item, meter):
        found.setdefault(entry.TensorIndex(), []).append(text(entry.Name()))
    names = {tensor: iter(of_one) for tensor, of_one in found.items()}
    return tuple(next(names.get(tensor, iter(())), "") for tensor in tensors)
