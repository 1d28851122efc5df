"""The names of inputs and outputs, written into a .tflite file as its signature; they survive the quantization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def output_names(structure: Any, names: Sequence[str]) -> list[str]:
    """One for each output of a traced function whose outputs are `structure`: keys where it is a dict, else `names`.

    TensorFlow puts the values of a dict in the order of their keys. [] where nothing names each of them.
    """
    if isinstance(structure, dict):
        return sorted(structure) if all(isinstance(key, str) for key in structure) else []
    count = len(structure) if isinstance(structure, (list, tuple)) else 1
    return list(names) if len(names) == count and len(set(names)) == count else []


def with_signature(model: bytes, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """A model whose signature names its inputs and outputs in their order; unchanged where the names are too few."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    parsed = flatbuffer_utils.convert_bytearray_to_object(bytearray(model))
    graph = parsed.subgraphs[0]
    if parsed.signatureDefs or len(inputs) != len(graph.inputs) or len(outputs) != len(graph.outputs):
        return model

    def maps(names: Sequence[str], tensors: Sequence[int]) -> list[Any]:
        entries = []
        for name, tensor in zip(names, tensors, strict=True):
            entry = schema.TensorMapT()
            entry.name, entry.tensorIndex = name, tensor
            entries.append(entry)
        return entries

    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = "serving_default", 0
    signature.inputs, signature.outputs = maps(inputs, graph.inputs), maps(outputs, graph.outputs)
    parsed.signatureDefs = [signature]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(parsed))


def with_inputs_in_order(model: bytes, names: Sequence[str]) -> bytes:
    """A model whose inputs come in the order of `names`, as its signature calls them; unchanged without these names."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    if len(names) < 2 or not schema.Model.GetRootAs(model, 0).SignatureDefsLength():
        return model
    parsed = flatbuffer_utils.convert_bytearray_to_object(bytearray(model))
    given = {entry.name.decode("utf-8", "replace"): entry.tensorIndex for entry in parsed.signatureDefs[0].inputs}
    if set(given) != set(names):
        return model
    parsed.subgraphs[0].inputs = [given[name] for name in names]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(parsed))
