"""A .pt2 archive -> its float .tflite form, by litert-torch; checked against what PyTorch computes of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .foreign_frameworks import Difference, Foreign, layout_note, require_equal
from .inputs import Input, channels_last
from .running import first_line
from .say import Refusal

_SPATIAL = ("conv", "max_pool", "avg_pool", "batch_norm")
"""Operators whose second dimension is channels begin so."""


def open_pt2(path: Path, name: str) -> Foreign:
    """Its shapes are those of the file. `name` is for errors."""
    import torch

    program = torch.export.load(str(path))
    nodes = {node.name: node for node in program.graph.nodes}
    inputs = tuple(_input(nodes[given]) for given in program.graph_signature.user_inputs)
    module = program.module()

    def reference(arrays: list[np.ndarray]) -> list[Any]:
        with torch.no_grad():
            found = module(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))
        return [value.numpy() for value in torch.utils._pytree.tree_leaves(found)]

    def to_float(_: Sequence[Sequence[int]]) -> bytes:
        made = _convert(module, inputs, reference, name, Path(tempfile.mkdtemp()) / "converted.tflite")
        require_equal(reference, made, inputs, Difference("litert-torch", name))
        return made

    return inputs, to_float, layout_note(inputs)


def _input(node: Any) -> Input:
    value = node.meta["val"]
    if str(value.dtype) != "torch.float32":
        raise Refusal(
            "model",
            f"the input {node.name} is {str(value.dtype).removeprefix('torch.')}",
            "Export the model with float32 inputs: what is converted is quantized from that.",
            "model-input",
        )
    sizes = [int(size) for size in value.shape]
    if not sizes or sizes[0] != 1:
        raise Refusal(
            "model",
            f"the input {node.name} has {f'batches of {sizes[0]}' if sizes else 'no batch dimension'}",
            "Export the model with a sample of batch 1.",
        )
    spatial = len(sizes) == 4 or (len(sizes) == 3 and any(_is_spatial(user) for user in node.users))
    return channels_last(node.name, sizes) if spatial else Input(node.name, tuple(sizes))


def _is_spatial(node: Any) -> bool:
    return getattr(node.target, "__name__", "").startswith(_SPATIAL)


def _convert(
    module: Any, inputs: Sequence[Input], reference: Callable[[list[np.ndarray]], list[Any]], name: str, made: Path
) -> bytes:
    import litert_torch
    import torch

    samples = [torch.zeros(each.shape) for each in inputs]
    outputs = reference([each.to_source(sample.numpy()) for each, sample in zip(inputs, samples, strict=True)])
    turned = [index for index, each in enumerate(inputs) if each.source_order is not None]
    back = [index for index, value in enumerate(outputs) if value.ndim == 4]
    try:
        wrapped = litert_torch.to_channel_last_io(module, args=turned, outputs=back) if turned else module
        litert_torch.convert(wrapped, tuple(samples)).export(str(made))
    except Exception as error:
        raise Refusal(
            "model",
            f"litert-torch cannot convert {name}: {first_line(error)}",
            "Replace the layers it names, or build the network in Keras.",
            "model-convert",
        ) from None
    return made.read_bytes()
